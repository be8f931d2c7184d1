"""Label Studio's page as a person uses it: a mouse, a keyboard, and a dataset of one article with odd characters."""

import json
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Locator, Page

from pactwire.model import digests, strict_json
from pactwire.storage import files
from support.mentions import with_schema

TEXT: Final = (
    "Tiny 👩‍👩‍👧 page\r\n\r\nMr\u00a0Rutte  praised Cafe\u0301 Kyiv 🇺🇦 and بوتين today.\r\n"
    "He said that Russia  sent 𝔸rms to Pyongyang.\r\n"
)
"""Emoji that are joined, a flag, a combining mark, NBSP, double spaces, CRLF, right-to-left words, astral letters."""

_RECTANGLE: Final = """([words, nth]) => {
  const root = document.querySelector('.lsf-htx-richtext');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let text = '';
  while (walker.nextNode()) { nodes.push([walker.currentNode, text.length]); text += walker.currentNode.data; }
  let at = -1;
  for (let i = 0; i <= nth; i++) at = text.indexOf(words, at + 1);
  const place = (position, end) => {
    for (const [node, start] of [...nodes].reverse())
      if (end ? start < position : start <= position) return [node, position - start];
  };
  const range = document.createRange();
  range.setStart(...place(at, false));
  range.setEnd(...place(at + words.length, true));
  const found = [...range.getClientRects()].filter(each => each.width > 0);
  const first = found[0], last = found[found.length - 1];
  const middle = each => (each.top + each.bottom) / 2;
  return {left: first.left, right: last.right, first: middle(first), last: middle(last)};
}"""


def odd_dataset(root: Path, annotators: dict[str, str], more: str = "") -> str:
    """Make a dataset of one odd article, and more text, with a draft of every layer; returns the article's id."""
    text = TEXT + more
    return article_dataset(root, text, _draft(files.normalize_newlines(text)), annotators)


def article_dataset(root: Path, text: str, layers: dict[str, Any], annotators: dict[str, str]) -> str:
    """Make a dataset of one article with a draft of every layer; returns the article's id."""
    source = files.normalize_newlines(text)
    identity = digests.sha256(source)[:16]
    with_schema(root)
    name = f"0_{identity}.txt"
    about: dict[str, str | None] = {"id": identity, "file": name, "sha256": digests.sha256(text), "license": "none"}
    about |= dict.fromkeys(("outlet", "date_line", "section", "published", "url"))
    files.write_file(root / "dataset" / "raw" / name, text)
    files.write_file(root / "dataset" / "sources.jsonl", strict_json.compact(about) + "\n")
    files.write_file(root / "dataset" / "splits.csv", f"article,story,split\n{identity},{identity},train\n")
    files.write_file(root / "annotations" / "links.tsv", "link\tname\ttype\tsource\nQ57643\tMark Rutte\tPER\ttest\n")
    topic = {"id": "topic:arms", "title": "Arms", "definition": "Deliveries of arms."}
    files.write_file(root / "annotations" / "topics.json", strict_json.pretty({"topics": [topic]}))
    files.write_file(root / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    files.write_file(root / ".pactwire" / "annotators.json", json.dumps(annotators))
    document = {
        "schema_version": "1", "article": identity, "text_sha256": digests.sha256(source), "guidelines": "1.0",
        "annotators": [{"id": "rules", "kind": "rule", "name": "Rules", "version": "1"}],
        "status": dict.fromkeys(layers, "draft"),
        "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z", "derived_from": [], **layers,
    }  # fmt: skip
    files.write_file(root / "annotations" / "rules" / f"{identity}.json", strict_json.pretty(document))
    return identity


def _draft(source: str) -> dict[str, Any]:
    """Return a label or more of every layer."""

    def at(words: str) -> dict[str, Any]:
        start = source.index(words)
        return {"start": start, "end": start + len(words), "text": words}

    def entity(name: str, words: str, kind: str, link: str | None = None) -> dict[str, Any]:
        more = {"type": kind, "form": "name", "link": link, "metonym_of": None, "by": ["rules"]}
        return {"id": name, **at(words), **more}

    zones = []
    for number, line in enumerate(filter(None, source.split("\n"))):
        span = at(line)
        kind = "body" if number else "title"
        more = {"kind": kind, "language": "en", "origin": "original", "by": ["rules"]}
        zones.append({"id": f"z{number}", "start": span["start"], "end": span["end"], **more})
    claim = {
        "id": "c1", **at("Russia  sent 𝔸rms to Pyongyang"), "claimants": ["e1"], "cue": at("said"), "type": "event",
        "commitment": "certain", "checkworthy": "CFS", "normalized": "Russia sent arms to Pyongyang.", "by": ["rules"],
    }  # fmt: skip
    stances = [
        {"id": "s1", **at("praised"), "holder": "e1", "target": "e2", "polarity": "favor",
         "channel": "indirect_report", "by": ["rules"]},
        {"id": "s2", **at("sent"), "holder": "AUTHOR", "target": "topic:arms", "polarity": "neutral",
         "channel": "authorial", "by": ["rules"]},
    ]  # fmt: skip
    entities = [
        entity("e1", "Rutte", "PER", "Q57643"),
        entity("e2", "Kyiv", "GPE"),
        entity("e3", "بوتين", "PER"),
        entity("e4", "Russia", "GPE"),
        entity("e5", "Pyongyang", "GPE"),
    ]
    return {"zones": zones, "entities": entities, "claims": [claim], "stances": stances}


class Desk:
    """A person at the page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.set_default_timeout(10_000)
        self.url = url

    def log_in(self, email: str, password: str) -> None:
        """Log in."""
        self.page.goto(f"{self.url}/user/login/")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_load_state("networkidle")

    def label_all(self, project: int) -> None:
        """Open a project and press Label All Tasks; the first task is shown with its draft."""
        self.page.goto(f"{self.url}/projects/{project}/data")
        self.page.get_by_role("button", name="Label All Tasks").click()
        self.page.wait_for_selector(".htx-highlight")
        self._settle()

    def stream(self, project: int, drafted: bool = True) -> None:
        """Follow the link that a push prints; the person's next task is shown with its draft, and nobody's work."""
        self.page.goto(f"{self.url}/projects/{project}/data?labeling=1")
        self.page.wait_for_selector(".htx-highlight" if drafted else ".pw-side", timeout=30_000)
        self._settle()

    def open_task(self, project: int, task: int) -> None:
        """Follow a link straight to a task; the newest annotation of it is shown, or else its draft."""
        self.page.goto(f"{self.url}/projects/{project}/data?task={task}")
        self.page.wait_for_selector(".htx-highlight", timeout=30_000)
        self._settle()

    def tab(self, name: str) -> None:
        """Press the tab of an annotation or a prediction, above the text."""
        self.page.locator(".lsf-annotation-button").filter(has_text=name).first.click()
        self._settle()

    def duplicate(self, name: str) -> None:
        """Make an annotation of one's own from another tab, by its menu."""
        self.tab(name)
        menu = self.page.locator(".lsf-annotation-button").filter(has_text=name).first
        menu.locator(".lsf-annotation-button__trigger").click(force=True)
        self.page.get_by_text("Duplicate").first.click()
        self.page.wait_for_timeout(1000)

    def choose(self, label: str) -> None:
        """Press a label in the bar above the text."""
        self.page.locator(f'.pw-bar >> text="{label}"').first.click()
        self._settle()

    def mark(self, words: str, leftwards: bool = False) -> None:
        """Draw the mouse over words, from right to left for those that are written so."""
        place = self._place(words, 0)
        start, end = place["left"] + 0.5, place["right"] - 0.5
        if leftwards:
            start, end = end, start
        self.page.mouse.move(start, place["first"])
        self.page.mouse.down()
        self.page.mouse.move((start + end) / 2, place["last"], steps=4)
        self.page.mouse.move(end, place["last"], steps=4)
        self.page.mouse.up()
        self._settle()

    def stretch(self, words: str, to: str) -> None:
        """Draw the left boundary of the region around words to the beginning of others, by its handle."""
        self.select(words)
        handle, goal = self._place(words, 0), self._place(to, 0)
        self.page.mouse.move(handle["left"] - 1, handle["first"])
        self.page.mouse.down()
        self.page.mouse.move((handle["left"] + goal["left"]) / 2, handle["first"], steps=4)
        self.page.mouse.move(goal["left"] + 0.5, goal["first"], steps=4)
        self.page.mouse.up()
        self._settle()
        self.deselect()

    def select(self, words: str, nth: int = 0) -> None:
        """Click into the middle of words, which selects the region around them."""
        place = self._place(words, nth)
        self.page.mouse.click((place["left"] + place["right"]) / 2, place["first"])
        self._settle()

    def deselect(self) -> None:
        """Press Escape."""
        self.page.keyboard.press("Escape")
        self._settle()

    def tick(self, value: str) -> None:
        """Choose an attribute of the selected region, or of the article while none is selected."""
        self.page.locator(f'.pw-side >> text="{value}" >> visible=true').first.click()
        self._settle()

    def finish(self, *layers: str) -> None:
        """Tick layers as finished."""
        for layer in layers:
            self.tick(layer)

    def write(self, placeholder: str, value: str) -> None:
        """Write an attribute of the selected region, and press Enter."""
        box = self.page.locator(f'.pw-side [placeholder^="{placeholder}"]:visible').first
        box.fill(value)
        box.press("Enter")
        self._settle()

    def pick(self, search: str, name: str) -> None:
        """Search the first list of the selected region, and choose a name of it."""
        self.page.locator(".pw-side .htx-taxonomy:visible").first.click()
        self.page.get_by_test_id("taxonomy-search").last.fill(search)
        self.page.wait_for_timeout(500)  # the list waits a moment before it searches
        self.page.locator(".htx-taxonomy-dropdown:visible").get_by_text(name, exact=True).click()
        self.page.keyboard.press("Escape")
        self._settle()

    def point(self, control: Locator) -> None:
        """Click a control where it is: one that is not in the window is not found."""
        box, size = control.bounding_box(), self.page.viewport_size
        assert box and size and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self._settle()

    def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        self.page.keyboard.type(text)
        self.page.wait_for_timeout(500)  # a list waits a moment before it searches
        self._settle()

    def press(self, hotkey: str) -> None:
        """Press a hotkey as a labeling config names it, such as ``shift+q``."""
        self.page.keyboard.press(hotkey.replace("shift+", "Shift+"))
        self._settle()

    def delete(self) -> None:
        """Delete the selected region."""
        self.page.get_by_label("Delete selected region").click()
        self._settle()
        self.deselect()  # else its label stays chosen

    def relate(self, words: str, label: str | None) -> None:
        """Draw a relation from the selected region to that of words, and give it a label."""
        self.page.get_by_label("Create Relation").click()
        self._settle()
        self.select(words)
        self.deselect()
        self.page.locator("#Relations-draggable").click()
        self._settle()
        if label is not None:
            row = self.page.locator(".lsf-relations__item").last
            row.hover()
            row.get_by_label("Show Relation Labels").click()
            row.locator(".lsf-relation-meta button").click()
            self.page.get_by_role("option", name=label).click()
            self.deselect()

    def refused(self) -> str:
        """Press Submit where the page does not take it; returns what it says."""
        self.page.get_by_test_id("bottombar-submit-button").click()
        dialog = self.page.locator("[role=dialog]")
        said = dialog.inner_text()
        self.page.wait_for_timeout(1000)  # it takes no OK while it opens, and gives no sign when it is open
        dialog.get_by_role("button", name="OK").click()
        dialog.wait_for(state="hidden")
        return said

    def update(self) -> dict[str, Any]:
        """Press Update; returns what the server kept."""
        return self._press("bottombar-update-button", "PATCH")

    def leave(self) -> None:
        """Wait until the page has saved by itself what was changed just now, and go away without submitting."""
        with self.page.expect_response(lambda r: "/drafts" in r.url and r.request.method == "POST", timeout=30_000):
            pass
        self.page.goto(f"{self.url}/projects")
        self._settle()

    def submit(self) -> dict[str, Any]:
        """Press Submit; returns what the page sent and the server kept."""
        return self._press("bottombar-submit-button")

    def skip(self) -> dict[str, Any]:
        """Press Skip."""
        return self._press("bottombar-skip-button")

    def _press(self, button: str, method: str = "POST") -> dict[str, Any]:
        with self.page.expect_response(lambda r: "/annotations" in r.url and r.request.method == method) as sent:
            self.page.get_by_test_id(button).click()
        kept: dict[str, Any] = sent.value.json()
        return kept

    def _place(self, words: str, nth: int) -> dict[str, float]:
        place: dict[str, float] = self.page.evaluate(_RECTANGLE, [words, nth])
        return place

    def _settle(self) -> None:
        """Let the page react; it gives no sign when it has."""
        self.page.wait_for_timeout(250)
