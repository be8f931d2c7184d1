// The scripts of all pages: lists that are searched as one types, of articles and of labels, and the page of an article.
"use strict";

const $ = (id) => document.getElementById(id);
const PAGE = 100;
const digits = (value) => value.toLocaleString("en");

// as pactwire.site.index_page.fold_text does
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

function make(tag, css, ...content) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.append(...content);
  return element;
}

// --- lists: what a form asks for is searched at once; the address keeps it

function startList({ search, at = [] }) {
  const fields = [...$("filter").elements].filter((each) => each.id && each.type !== "button").map((each) => each.id);
  let asked = {};
  let found = { rows: [] };
  let shown = 0;

  function show() {
    found = search(asked);
    const template = $(found.template);
    $("rows").closest("table").tHead.rows[0].replaceChildren(
      ...[...template.content.firstElementChild.children].map((cell) => {
        const head = make("th", cell.className === "n" ? "n" : "", cell.dataset.head);
        head.scope = "col";
        return head;
      }),
    );
    $("rows").replaceChildren();
    $("count").textContent = found.count;
    shown = 0;
    more();
  }

  function more() {
    const next = found.rows.slice(shown, shown + PAGE);
    $("rows").append(...next.map((row) => found.fill($(found.template).content.firstElementChild.cloneNode(true), row)));
    shown += next.length;
    $("more").hidden = shown === found.rows.length;
  }

  function recall() {
    const address = new URLSearchParams(location.hash.slice(1));
    asked = Object.fromEntries([...fields, ...at].map((name) => [name, address.get(name) ?? ""]));
    for (const name of fields) $(name).value = asked[name];
    show();
    if ([...fields, ...at].some((name) => asked[name])) $("filter").scrollIntoView();
  }

  function remember() {
    asked = Object.fromEntries(fields.map((name) => [name, $(name).value]));
    history.replaceState(null, "", listAddress(asked));
    show();
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
}

const listAddress = (asked) => `#${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`;
const termsOf = (asked) => fold(asked.q).split(" ").filter(Boolean);

function counted(found, all, noun) {
  const nouns = all === 1 ? noun : `${noun}s`;
  return found === all ? `${digits(all)} ${nouns}` : `${digits(found)} of ${digits(all)} ${nouns}`;
}

// --- the list of articles

function articleList() {
  const [ID, TITLE, LANGUAGE, SPLIT, STORY, TOLD, LAYERS, DIFFER, STATUS, WORDS] = Array(10).keys();
  const all = (globalThis.pactwire ?? []).flat();

  function search(asked) {
    const terms = termsOf(asked);
    const wanted = [[LANGUAGE, asked.language], [SPLIT, asked.split], [STATUS, asked.status]].filter(([, value]) => value);
    const rows = all.filter((row) =>
      wanted.every(([column, value]) => row[column] === value) &&
      (!asked.differ || (asked.differ === "yes") === row[DIFFER] > 0) &&
      terms.every((term) => row[WORDS].includes(term) || row[STORY] === term));
    return { rows, fill, template: "row", count: counted(rows.length, all.length, "article") };
  }

  function fill(copy, row) {
    const [article, language, split, story, ...layers] = copy.children;
    const status = layers.pop();
    const differ = layers.pop();
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
    if (row[DIFFER]) {
      differ.firstElementChild.textContent = row[DIFFER];
      differ.firstElementChild.href = `articles/${row[ID]}.html#annotators`;
    } else differ.textContent = "0";
    status.textContent = row[STATUS];
    return copy;
  }

  startList({ search });
}

// --- the list of labels; a row is a number: that of its part, times SPAN, plus its place in the part

function labelList() {
  const SPAN = 2 ** 20;
  const tables = globalThis.pactwireTables;
  const parts = globalThis.pactwireParts ?? [];
  const wordNumbers = new Map(); // of all parts, by the folded words
  const names = tables.names.map(([link, name]) => fold(`${link} ${name}`));
  for (const part of parts) {
    for (const column of ["label", "before", "after"]) part[column] = part[column].split("\n");
    part.foldedWords = part.words.map(fold);
    part.foldedMeans = part.means.map(fold);
    part.foldedArticles = part.articles.map(([id, title]) => fold(`${id} ${title}`));
    part.wordNumbers = part.foldedWords.map((word) => {
      if (!wordNumbers.has(word)) wordNumbers.set(word, wordNumbers.size);
      return wordNumbers.get(word);
    });
  }
  const total = parts.reduce((sum, part) => sum + part.label.length, 0);
  const isName = tables.kinds.map(([layer]) => tables.layers[layer][1]);

  const differs = (reasons) => reasons.some((reason) => !tables.reasons[reason][1]); // in more than free text

  function matches(asked) {
    const terms = termsOf(asked);
    const kinds = tables.kinds.map(([layer, values, makers, reasons]) =>
      (!asked.layer || layer === +asked.layer) &&
      (!asked.value || values.includes(+asked.value)) &&
      (!asked.maker || makers.includes(+asked.maker)) &&
      (!asked.reason || { any: differs(reasons), none: !differs(reasons) }[asked.reason] || reasons.includes(+asked.reason)));
    const rows = [];
    const having = (texts) => terms.map((term) => texts.map((text) => text.includes(term)));
    const inNames = having(names);
    parts.forEach((part, number) => {
      const [inWords, inMeans, inArticles] = [part.foldedWords, part.foldedMeans, part.foldedArticles].map(having);
      for (let row = 0; row < part.kind.length; row += 1) {
        if (kinds[part.kind[row]] && terms.every((_, term) =>
          inWords[term][part.word[row]] || inMeans[term][part.mean[row]] || inNames[term][part.name[row]] ||
          inArticles[term][part.article[row]])) rows.push(number * SPAN + row);
      }
    });
    return rows;
  }

  // A name is a group of mentions, by their words or by their link. A reading is what one may expect to be the same of all:
  // class and link of the same words, class and words of the same link.
  function groupNames(rows, by) {
    const groups = new Map();
    for (const each of rows) {
      const [part, row] = [parts[Math.floor(each / SPAN)], each % SPAN];
      const [layer, values] = tables.kinds[part.kind[row]];
      if (!isName[part.kind[row]]) continue;
      const word = part.wordNumbers[part.word[row]];
      const link = part.name[row];
      const key = by === "words" || link < 0 ? `${layer}:${part.foldedWords[part.word[row]]}` : tables.names[link][0];
      let group = groups.get(key);
      if (!group) groups.set(key, (group = { key, rows: [], readings: new Map(), articles: new Set() }));
      const reading = (by === "words" ? link + 1 : word) * 1000 + (values[0] ?? 999);
      group.rows.push([each, reading]);
      group.articles.add(part.articles[part.article[row]][0]);
      const known = group.readings.get(reading);
      if (known) known.count += 1;
      else group.readings.set(reading, { count: 1, first: each });
    }
    return groups;
  }

  // how many times rarer the rarest reading is than all mentions together; 0 if there is but one
  const oddness = ({ rows, readings }) =>
    readings.size < 2 ? 0 : rows.length / Math.min(...[...readings.values()].map((each) => each.count));

  function search(asked) {
    const rows = matches(asked);
    $("reading").hidden = true;
    if (!asked.by) return { rows, fill: (copy, row) => fillLabel(copy, row), template: "row", count: counted(rows.length, total, "label") };
    const groups = groupNames(rows, asked.by);
    if (asked.at && groups.has(asked.at)) return mentions(asked, groups.get(asked.at));
    const scored = [...groups.values()].map((group) => [oddness(group), group]);
    scored.sort(([one, a], [other, b]) => other - one || b.rows.length - a.rows.length);
    const odd = scored.filter(([score]) => score).length;
    const count = `${digits(scored.length)} ${scored.length === 1 ? "name" : "names"}, ${digits(odd)} with several readings; the oddest first`;
    return { rows: scored.map(([, group]) => group), fill: (copy, group) => fillName(copy, group, asked), template: "name", count };
  }

  function mentions(asked, group) {
    const times = (reading) => group.readings.get(reading).count;
    const rows = group.rows.slice().sort(([, one], [, other]) => times(one) - times(other));
    const back = make("a", "", "All names");
    back.href = listAddress({ ...asked, at: "" });
    $("reading").replaceChildren(back);
    $("reading").hidden = false;
    const most = Math.max(...[...group.readings.values()].map((each) => each.count));
    const share = ([, reading]) => group.readings.size > 1 &&
      make("span", times(reading) < most ? "share chip differs" : "share chip", `${digits(times(reading))} of ${digits(rows.length)}`);
    const noun = rows.length === 1 ? "mention" : "mentions";
    return {
      rows, template: "row", fill: (copy, row) => fillLabel(copy, row[0], share(row)),
      count: `${digits(rows.length)} ${noun} of one name, ${group.readings.size > 1 ? "the rarest reading first" : "with one reading"}`,
    };
  }

  const chips = (values) => values.map((value) => tables.values[value]).map(([, title, css]) => make("span", css, title));
  const spaced = (elements) => elements.flatMap((each) => [each, " "]);

  function nameOf(link) {
    if (link < 0) return make("span", "none", "no link");
    const [id, name] = tables.names[link];
    return make("span", "", make("bdi", "", name), ...(id === name ? [] : [" ", make("code", "", id)]));
  }

  function fillLabel(copy, each, share = null) {
    const [words, labels, means, by, title] = copy.children;
    const [part, row] = [parts[Math.floor(each / SPAN)], each % SPAN];
    const [layer, values, makers, reasons] = tables.kinds[part.kind[row]];
    const [id, heading, language] = part.articles[part.article[row]];
    const link = words.firstElementChild;
    link.href = `articles/${id}.html${part.label[row]}`;
    const text = part.words[part.word[row]];
    const context = make("bdi", "context", part.before[row], make("b", "", text || tables.layers[layer][0]), part.after[row]);
    if (text) context.lang = language;
    context.dir = "auto";
    link.append(context);
    const differ = reasons.map((reason) => make("span", "chip differs", tables.reasons[reason][0]));
    const unusual = values.filter((value) => !tables.values[value][3]);
    labels.append(make("span", "attribute", tables.layers[layer][0]), " ", ...spaced([...chips(unusual), ...differ]));
    if (share) labels.append(share);
    if (isName[part.kind[row]]) means.append(nameOf(part.name[row]));
    else means.textContent = part.means[part.mean[row]];
    by.textContent = makers.map((maker) => tables.makers[maker]).join(", ");
    title.textContent = heading;
    title.lang = language;
    return copy;
  }

  function fillName(copy, group, asked) {
    const [name, readings, times, articles] = copy.children;
    const link = name.firstElementChild;
    link.href = listAddress({ ...asked, at: group.key });
    const place = (each) => [parts[Math.floor(each / SPAN)], each % SPAN];
    const [part, row] = place(group.rows[0][0]);
    link.append(asked.by === "words" || part.name[row] < 0 ? make("bdi", "", part.words[part.word[row]]) : nameOf(part.name[row]));
    const sorted = [...group.readings.values()].sort((one, other) => one.count - other.count);
    for (const { count, first } of sorted.slice(0, 8)) {
      const [own, at] = place(first);
      const [, values] = tables.kinds[own.kind[at]];
      const what = asked.by === "words" ? nameOf(own.name[at]) : make("bdi", "", own.words[own.word[at]]);
      readings.append(make("div", "reading", ...spaced(chips(values.slice(0, 1))), what, ` ×${digits(count)}`));
    }
    if (sorted.length > 8) readings.append(make("div", "none", `and ${digits(sorted.length - 8)} more`));
    times.textContent = digits(group.rows.length);
    articles.textContent = digits(group.articles.size);
    return copy;
  }

  startList({ search, at: ["at"] });
}

// --- the page of an article: what is under the pointer or has the focus is lit wherever it stands, names say what they
// are, and one steps from label to label

function articlePage() {
  const tip = $("tip");
  const labelled = new Map();
  for (const element of document.querySelectorAll("[data-of]")) {
    for (const name of element.dataset.of.split(" ")) {
      if (!labelled.has(name)) labelled.set(name, []);
      labelled.get(name).push(element);
    }
  }

  let lit = [];
  function light(element) {
    const zone = element?.classList.contains("zone");
    const names = element && !zone ? element.dataset.of.split(" ") : [];
    for (const each of lit) each.classList.remove("lit");
    lit = names.flatMap((name) => labelled.get(name) ?? []);
    for (const each of lit) each.classList.add("lit");
  }

  let waiting = 0;
  function hide() {
    clearTimeout(waiting);
    tip.hidden = true;
  }

  function fileLine(name) {
    const line = $(`at-${name}`)?.dataset.line;
    if (!line || !$("file")) return [];
    const link = make("a", "", make("code", "", `${$("file").textContent}:${line}`));
    link.href = $("file").href;
    link.tabIndex = -1;
    return [make("span", "row by", `${name} in `, link)];
  }

  function show(mention) {
    hide();
    const names = mention.dataset.of.split(" ");
    tip.replaceChildren(
      ...mention.getAttribute("aria-describedby").split(" ").map((name) => {
        const about = $(name).cloneNode(true);
        about.removeAttribute("id");
        for (const link of about.querySelectorAll("a")) link.tabIndex = -1;
        return about;
      }),
      make("div", "", ...names.flatMap(fileLine)),
    );
    tip.hidden = false;
    const place = mention.getClientRects()[0];
    const under = place.bottom + 6 + tip.offsetHeight <= innerHeight;
    const left = Math.max(8, Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 8));
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(under ? place.bottom + 6 : place.top - tip.offsetHeight - 6) + scrollY}px`;
  }

  const mentionOf = (target) => target.closest?.(".mention[aria-describedby]");

  function enter(event) {
    if (tip.contains(event.target)) return clearTimeout(waiting);
    light(event.target.closest?.("[data-of]"));
    const mention = mentionOf(event.target);
    if (mention) show(mention);
  }

  function leave(event) {
    if (!mentionOf(event.target) && !tip.contains(event.target)) return;
    clearTimeout(waiting);
    waiting = setTimeout(hide, 200); // time to move the pointer onto the tip, and to its link
  }

  let current = null;
  function step(by) {
    const isShown = (label) => [...label.classList].every((css) => !css.startsWith("layer-") || $(`show-${css}`).checked);
    const labels = [...document.querySelectorAll(".words [id^='at-']")].filter(isShown);
    const from = labels.indexOf(current);
    const target = labels[from < 0 ? (by > 0 ? 0 : labels.length - 1) : from + by];
    if (!target) return;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
  }

  const isLabel = (element) => element?.matches?.(".words [id^='at-']");
  let pointer = "", closed = ""; // where the pointer is, and where it was when Escape closed a tooltip
  const place = (event) => `${event.clientX} ${event.clientY}`;
  document.addEventListener("mousemove", (event) => {
    pointer = place(event);
    if (pointer !== closed) closed = "";
  });
  document.addEventListener("mouseover", (event) => {
    if (place(event) !== closed) enter(event); // what a closed tooltip uncovers below a resting pointer opens none
  });
  document.addEventListener("mouseout", leave);
  document.addEventListener("focusin", (event) => {
    if (isLabel(event.target)) current = event.target;
    enter(event);
  });
  document.addEventListener("focusout", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      hide();
      closed = pointer;
    }
    const by = { n: 1, p: -1 }[event.key];
    if (by && isLabel(document.activeElement) && !event.ctrlKey && !event.metaKey && !event.altKey) step(by);
  });
  const go = () => {
    const target = location.hash.startsWith("#at-") ? $(location.hash.slice(1)) : null;
    if (isLabel(target)) current = target;
  };
  addEventListener("hashchange", go);
  go();
  if (!document.querySelector(".words [id^='at-']")) return;
  for (const [id, by] of [["previous", -1], ["next", 1]]) {
    $(id).hidden = false;
    $(id).addEventListener("click", () => step(by));
  }
  $("keys").hidden = false;
}

if ($("tip")) articlePage();
else if ($("filter")) ({ articles: articleList, labels: labelList })[$("filter").dataset.list]();
