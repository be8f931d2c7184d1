// The page of an article: what is under the pointer or has the focus is lit wherever it stands, and names say what they are.
"use strict";

const tip = document.getElementById("tip");
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

function show(mention) {
  hide();
  tip.replaceChildren(
    ...mention.getAttribute("aria-describedby").split(" ").map((name) => {
      const about = document.getElementById(name).cloneNode(true);
      about.removeAttribute("id");
      for (const link of about.querySelectorAll("a")) link.tabIndex = -1;
      return about;
    }),
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

document.addEventListener("mouseover", enter);
document.addEventListener("mouseout", leave);
document.addEventListener("focusin", enter);
document.addEventListener("focusout", leave);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
