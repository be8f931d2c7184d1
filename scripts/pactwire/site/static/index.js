// The index: rows of all articles, searched and filtered as one types; the address keeps what was asked for.
"use strict";

const PAGE = 100;
const [ID, TITLE, LANGUAGE, SPLIT, STORY, TOLD, LAYERS, STATUS, WORDS] = Array(9).keys();
const all = (globalThis.pactwire ?? []).flat();
const $ = (id) => document.getElementById(id);
const filters = { language: LANGUAGE, split: SPLIT, status: STATUS };
let found = all;
let shown = 0;

// as pactwire.site.index_page.fold_text does
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

function search() {
  const terms = fold($("q").value).split(" ").filter(Boolean);
  const wanted = Object.entries(filters).filter(([name]) => $(name).value).map(([name, at]) => [at, $(name).value]);
  found = all.filter(
    (row) => wanted.every(([at, value]) => row[at] === value) &&
      terms.every((term) => row[WORDS].includes(term) || row[STORY] === term),
  );
  $("rows").replaceChildren();
  shown = 0;
  more();
  const number = (value) => value.toLocaleString("en");
  const noun = all.length === 1 ? "article" : "articles";
  $("count").textContent = found.length === all.length ? `${number(all.length)} ${noun}` : `${number(found.length)} of ${number(all.length)} ${noun}`;
}

function more() {
  $("rows").append(...found.slice(shown, shown + PAGE).map(line));
  shown = Math.min(shown + PAGE, found.length);
  $("more").hidden = shown === found.length;
}

function line(row) {
  const copy = $("row").content.firstElementChild.cloneNode(true);
  const [article, language, split, story, ...layers] = copy.children;
  const status = layers.pop();
  const link = article.firstElementChild;
  link.textContent = row[TITLE];
  link.lang = row[LANGUAGE];
  link.href = `articles/${row[ID]}.html`;
  language.firstElementChild.textContent = row[LANGUAGE];
  split.textContent = row[SPLIT];
  if (row[TOLD] === 1) story.textContent = "this one";
  else {
    story.firstElementChild.textContent = `${row[TOLD]} articles`;
    story.firstElementChild.href = `#q=${row[STORY]}`;
  }
  layers.forEach((cell, place) => { cell.textContent = row[LAYERS][place] ?? "–"; });
  status.textContent = row[STATUS];
  return copy;
}

const fields = ["q", ...Object.keys(filters)];

function remember() {
  const asked = new URLSearchParams(fields.map((name) => [name, $(name).value]).filter(([, value]) => value));
  history.replaceState(null, "", `#${asked}`);
  search();
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const known = fields.some((name) => asked.has(name));
  for (const name of fields) $(name).value = asked.get(name) ?? "";
  search();
  if (known) $("articles").scrollIntoView();
}

$("filter").addEventListener("input", remember);
$("filter").addEventListener("submit", (event) => event.preventDefault());
$("clear").addEventListener("click", () => {
  for (const name of fields) $(name).value = "";
  remember();
  $("q").focus();
});
$("more").addEventListener("click", () => {
  const first = shown;
  more();
  $("rows").children[first]?.querySelector("a").focus();
});
addEventListener("hashchange", recall);
recall();
