"""What stands where on Label Studio's page of a dense, long article, at three widths, light and dark."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from pactwire.labelstudio import local_server, projects, push
from pactwire.labelstudio.client import Client
from support import dense_article
from support.labelstudio import identify
from support.labelstudio_page import Desk

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

DATASET: Final = "22222222-2222-4333-8444-555555555555"
LENGTH: Final = 300_000

_MEASURE: Final = """() => {
  const box = element => element.getBoundingClientRect();
  const shown = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const meet = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const lines = [...document.querySelectorAll('[class*=richtext__line]')].map(line => [line, box(line)]);
  const words = place => lines.filter(([, whole]) => meet(whole, place)).flatMap(([line]) => {
    const range = document.createRange();
    range.selectNodeContents(line);
    return [...range.getClientRects()].filter(each => meet(each, place));
  });
  const scrolled = element => {
    let each = element.parentElement;
    while (!/auto|scroll|hidden/.test(getComputedStyle(each).overflowX)) each = each.parentElement;
    return each;
  };
  const controls = document.querySelectorAll('.pw-bar, .pw-bar *, .pw-side, .pw-side *, .lsf-outliner-item *');
  const cut = [...controls].filter(each => {
    const inside = box(each), outside = box(scrolled(each));
    return shown(each) && inside.width > 1 && (inside.left < outside.left - 1 || inside.right > outside.right + 1);
  });
  const names = [...document.querySelectorAll('[class*=relationItem] text')];
  return {
    names: names.filter(shown).map(each => each.textContent),
    covered: names.flatMap(each => words(box(each))).length,
    outside: names.filter(each => box(each).left < box(document.querySelector('.lsf-main-content')).left).length,
    arrows: [...document.querySelectorAll('[class*=relationItem]')].filter(shown).length,
    above: getComputedStyle(document.querySelector('.relations-overlay')).zIndex >= 0,
    controls: [...controls].filter(shown).length > 50,
    cut: cut.map(each => `${each.className} ${each.textContent.slice(0, 40)}`),
    apart: box(document.querySelector('.pw-text')).right <= box(document.querySelector('.pw-side')).left,
  };
}"""


_CONTRASTS: Final = """() => {
  const numbers = color => color.match(/[\\d.]+/g).map(Number);
  const background = element => {
    const above = element.parentElement ? background(element.parentElement) : [255, 255, 255];
    const [red, green, blue, alpha = 1] = numbers(getComputedStyle(element).backgroundColor);
    return above.map((part, place) => [red, green, blue][place] * alpha + part * (1 - alpha));
  };
  const light = color => {
    const [red, green, blue] = color.map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = [];
  for (const each of document.querySelectorAll('.htx-highlight, .pw-bar *, .pw-side *, .lsf-labels-list *')) {
    const hasWords = [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!hasWords || !each.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const pair = [light(numbers(getComputedStyle(each).color).slice(0, 3)), light(background(each))];
    found.push([(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), each.className, each.textContent]);
  }
  return found;
}"""

_LINES: Final = """() => [...document.querySelectorAll('[class*=richtext__line]')].slice(0, 14).flatMap(line => {
  const letters = document.createTreeWalker(line, NodeFilter.SHOW_TEXT), range = document.createRange();
  if (!letters.nextNode()) return [];
  range.setStart(letters.currentNode, 0);
  range.setEnd(letters.currentNode, 1);
  const first = range.getBoundingClientRect(), whole = line.getBoundingClientRect();
  return [[line.textContent[0], Math.round(first.left - whole.left), Math.round(whole.right - first.right)]];
})"""


@pytest.fixture(scope="module")
def owner(shared_server: local_server.RunningServer, server_home: Path) -> Iterator[Client]:
    """A client of the server's owner."""
    with closing(Client(shared_server.url, local_server.owner_credentials(server_home).token)) as client:
        yield client


@pytest.fixture(scope="module")
def desk(owner: Client, server_home: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A page with the article, which nobody has opened yet."""
    root = identify(tmp_path_factory.mktemp("dense"), DATASET)
    dense_article.dense_dataset(root, {}, LENGTH)
    push.push_articles(root, owner, lambda *_: None)
    desk = Desk(browser.new_page(viewport={"width": 1600, "height": 1000}), owner.url)
    login = local_server.owner_credentials(server_home)
    desk.log_in(login.email, login.password)
    desk.stream(projects.find_projects(owner, DATASET)["labels"].id)
    desk.page.wait_for_function("document.querySelectorAll('[class*=relationItem]').length === 120")
    return desk


def _schemes(desk: Desk) -> Iterator[str]:
    """Show the page in one color scheme after the other."""
    for scheme in ("dark", "light"):
        desk.page.evaluate("scheme => document.documentElement.setAttribute('data-color-scheme', scheme)", scheme)
        yield scheme


@pytest.mark.parametrize("width", [1280, 1600, 2560])
def test_nothing_is_printed_over_words_or_cut_off(desk: Desk, width: int) -> None:
    """Arrows and names of relations stay off the words, and no control reaches out of its column."""
    desk.page.set_viewport_size({"width": width, "height": 1000})
    desk.page.evaluate("document.querySelector('.lsf-tree-list-holder').scrollTop = 4000")  # to long regions
    for words in ("Ida Solberg", "keep its"):  # an entity, which has lists and fields, and a claim
        desk.select(words)
        for scheme in _schemes(desk):
            found = desk.page.evaluate(_MEASURE)
            assert (found["names"], found["arrows"], found["controls"]) == ([], 0, True), (words, scheme)
            assert (found["cut"], found["apart"]) == ([], True), (words, scheme)
        desk.deselect()
    desk.page.locator("#Relations-draggable").click()
    desk.page.locator(".lsf-relations__item").first.hover()
    desk.page.wait_for_timeout(400)  # the arrow appears slowly
    for scheme in _schemes(desk):
        found = desk.page.evaluate(_MEASURE)
        assert (found["names"], found["covered"], found["outside"]) == (["claimant"], 0, 0), scheme  # of all 120
        assert (found["arrows"], found["above"]) == (120, False), scheme
    desk.page.locator("#Regions-draggable").click()


def test_words_stand_out_in_light_and_dark(desk: Desk) -> None:
    """Words on the color of their regions, labels and controls have the contrast that WCAG 2.2 asks for (1.4.3)."""
    desk.select("keep its")
    for scheme in _schemes(desk):
        found = desk.page.evaluate(_CONTRASTS)
        assert len(found) > 200
        assert [each for each in found if each[0] < 4.5] == [], scheme
    desk.deselect()


def test_each_line_starts_on_the_side_of_its_script(desk: Desk) -> None:
    """Lines of Arabic, Hebrew and Persian start at the right edge, those of English at the left one."""
    found = desk.page.evaluate(_LINES)
    starts = [(first, "left" if left < 12 else "right" if right < 12 else "middle") for first, left, right in found]
    assert starts[:7] == [
        ("P", "left"), ("I", "left"), ("A", "left"), ("“", "left"), ("ق", "right"), ("א", "right"), ("ب", "right"),
    ]  # fmt: skip


def test_the_end_of_a_long_article_can_be_labeled(desk: Desk, owner: Client) -> None:
    """A region at its end, behind 300 KB with emoji and right-to-left words, has the offsets of its words."""
    desk.choose("GPE")
    desk.page.evaluate("[...document.querySelectorAll('[class*=richtext__line]')].at(-2).scrollIntoView()")
    desk.mark("Cafe\u0301 Kyiv")
    desk.finish("entities")
    kept = desk.submit()
    text = owner.get(f"api/tasks/{kept['task']}/")["data"]["text"]
    assert len(text.encode()) > 0.99 * LENGTH
    [new] = [each["value"] for each in kept["result"] if each["type"] == "labels" and each["origin"] == "manual"]
    assert text[new["start"] : new["end"]] == "Cafe\u0301 Kyiv"
    assert new["start"] > len(text) - 60
