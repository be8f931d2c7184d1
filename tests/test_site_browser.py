"""The static site in headless Chromium, from disk and without a network: hover, keyboard, filter, contrast, size."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pactwire.card import vega
from pactwire.site import index_page, static_site
from pactwire.site.collection import build_collection
from pactwire.site.comparison import Comparison
from pactwire.site.label_index import LabelIndex
from pactwire.site.label_views import ArticleLabels
from support import synthetic
from support.news import SCHEMA
from support.synthetic import HOSTILE, poisoned, silent

pytestmark = pytest.mark.slow

NATO = "articles/31c112378dc0491b.html"
ANNOTATED = "annotations/final/31c112378dc0491b.json"
PAGES = ("index.html", "labels.html#q=nato", "labels.html#by=words&q=nato", "clusters.html", NATO)
WIDE, NARROW = (1280, 900), (390, 800)
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def site(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the committed dataset."""
    return static_site.write_site(checkout, tmp_path_factory.mktemp("view") / "site", silent).start.parent


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page of a site; at the end, nothing may have been refused, failed, or asked of a network."""
    context = browser.new_context(offline=True)
    wrong: list[str] = []

    def visit(site: Path, name: str, size: tuple[int, int] = WIDE, dark: bool = False) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield visit
    context.close()
    assert not wrong


def test_hovering_a_name_shows_its_tooltip(checkout: Path, site: Path, visit: Visit) -> None:
    """The tooltip has type, definition, link and line; it stays while the pointer is on it, and Escape closes it."""
    page = visit(site, NATO)
    page.locator(".words .mention", has_text="Йенс Столтенберг").first.hover()
    tip = page.locator("#tip")
    person = SCHEMA.labels("entities", "type")[0]
    for words in ("Jens Stoltenberg", person.title, person.definition, "Q57665"):
        expect(tip).to_contain_text(words)
    assert tip.get_by_role("link", name="Q57665").get_attribute("href") == "https://www.wikidata.org/wiki/Q57665"
    place = tip.get_by_role("link", name="annotations/final/31c112378dc0491b.json:")
    label = page.locator(".words .mention", has_text="Йенс Столтенберг").first.get_attribute("id")
    line = int((place.text_content() or "").rpartition(":")[2])
    assert f'"id": "{(label or "")[3:]}"' in (checkout / ANNOTATED).read_text().split("\n")[line - 1]
    tip.hover()
    page.wait_for_timeout(300)  # longer than the delay after which it would close
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_focusing_a_name_shows_its_tooltip(site: Path, visit: Visit) -> None:
    """The first stop leads to the first name; its tooltip shows, describes it, and vanishes with the focus."""
    page = visit(site, NATO)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    focused = page.locator(":focus")
    expect(focused).to_have_class(re.compile("mention"))
    tip = page.locator("#tip")
    expect(tip).to_contain_text("NATO")
    described = page.locator(f"#{focused.get_attribute('aria-describedby')}")
    assert (tip.text_content() or "").startswith(described.text_content() or "-")
    page.locator("#show-furniture").focus()
    expect(tip).to_be_hidden()


def test_hovering_a_note_highlights_its_words(site: Path, visit: Visit) -> None:
    """A note next to the text highlights all of its words and nothing else in the text."""
    page = visit(site, NATO)
    page.locator(".note[data-of=s6]").hover()
    lit = page.eval_on_selector_all(".words .lit", "all => all.map(each => each.textContent).join('')")
    assert lit == "обвиниха Северна Корея"


def test_layers_can_be_hidden(site: Path, visit: Visit) -> None:
    """Each checkbox hides its layer: notes of claims and stances, colors of names, and furniture."""
    page = visit(site, NATO)
    notes = ((each, f".note.{each}") for each in ("layer-1", "layer-2"))
    for box, selector in (*notes, ("furniture", ".line.dim")):
        expect(page.locator(selector).first).to_be_visible()
        page.locator(f"#show-{box}").uncheck()
        expect(page.locator(selector).first).to_be_hidden()
    page.locator("#show-layer-0").uncheck()
    expect(page.locator(".words .mention").first).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_navigates_from_cluster_to_articles(site: Path, visit: Visit) -> None:
    """Links lead from an article to the claim's cluster, and from there to an article in another language."""
    page = visit(site, NATO)
    page.locator("#labels-layer-1 tr", has_text="11,000 containers").get_by_role("link", name="side by side").click()
    row = page.locator("tr:target")
    expect(row).to_contain_text("11,000")
    expect(row).to_contain_text("11 000 контейнера")
    row.get_by_role("link", name="fr Il y aura").click()
    expect(page).to_have_url(re.compile(r"4b7befb44f73cc7b\.html#at-c16$"))
    expect(page.locator(":target")).to_be_in_viewport()
    expect(page.locator("h1")).to_contain_text("Poutine")


def test_index_filters_while_typing(site: Path, visit: Visit) -> None:
    """Words in any language and case, a language, a split and a story filter the list; the address keeps them."""
    page = visit(site, "index.html")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(5)
    page.get_by_label("Search").fill("ЙЕНС stoltenberg")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    page.locator("#language").select_option("fr")
    expect(rows).to_have_count(3)
    page.locator("#split").select_option("train")
    expect(page.locator("#count")).to_have_text("2 of 5 articles")
    page.reload()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    rows.get_by_role("link", name="2 articles").first.click()
    expect(rows).to_have_count(2)
    rows.get_by_role("link", name="Il y aura").click()
    expect(page.locator("h1")).to_contain_text("Il y aura un accord")


def test_index_handles_ten_thousand_articles(tmp_path: Path, visit: Visit) -> None:
    """The index of ten thousand articles lists a hundred at a time and finds any one of them."""
    collection = build_collection(synthetic.many(10_000))
    static_site.write_pages(tmp_path, static_site.index_and_assets(collection, LabelIndex(collection)))
    page = visit(tmp_path, "index.html")
    rows = page.locator("#rows tr")
    expect(page.locator("#count")).to_have_text("10,000 articles")
    expect(rows).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(200)
    expect(page.locator("#rows tr:nth-child(101) a").first).to_be_focused()
    page.get_by_label("Search").press_sequentially(list(collection.heads)[7001])
    expect(rows).to_have_count(1)
    page.get_by_label("Search").fill("coree")
    expect(page.locator("#count")).to_have_text("1,429 of 10,000 articles")
    page.locator("#language").select_option("ar")
    expect(page.locator("#count")).to_have_text("286 of 10,000 articles")


def test_labels_are_filtered_and_searched(site: Path, visit: Visit) -> None:
    """By layer, label, maker, difference and words; the address keeps what was asked, and a row leads to the text."""
    page = visit(site, "labels.html")
    rows, count = page.locator("#rows tr"), page.locator("#count")
    expect(rows).to_have_count(100)
    total = int((count.text_content() or "").split()[0].replace(",", ""))
    page.get_by_label("Layer").select_option("Stances")
    page.locator("#value").select_option(page.locator("option", has_text="Against (").get_attribute("value"))
    page.get_by_label("Search").fill("CHINA nato")
    expect(rows).not_to_have_count(100)
    found = rows.count()
    assert found
    for row in rows.all():
        expect(row).to_contain_text("Against")
        expect(row).to_contain_text("China → NATO")
    page.get_by_label("Made by").select_option("claude-c")
    page.reload()
    expect(rows).to_have_count(found)
    rows.first.get_by_role("link").click()
    expect(page.locator(":target")).to_be_in_viewport()
    page.go_back()
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text(f"{total} labels")
    page.get_by_label("Documents").select_option("differ")
    differing = int((count.text_content() or "").split()[0])
    page.get_by_label("Documents").select_option("do not differ")
    assert int((count.text_content() or "").split()[0]) == total - differing
    assert 0 < differing < total


def test_names_are_listed_the_oddest_first(site: Path, visit: Visit) -> None:
    """A name with a rare reading comes first, with each reading; its mentions follow it, the rarest first."""
    page = visit(site, "labels.html")
    page.get_by_label("Show").select_option("names by words")
    rows = page.locator("#rows tr")
    readings = [row.locator(".reading").count() for row in rows.all()[:10]]
    assert readings[0] > 1
    assert readings == sorted(readings, reverse=True)
    first = rows.first
    times = [int(text.rpartition("×")[2]) for text in first.locator(".reading").all_text_contents()]
    assert times == sorted(times)
    assert str(sum(times)) == first.locator("td.n").first.text_content()
    first.get_by_role("link").click()
    expect(rows).to_have_count(sum(times))
    shares = [int((row.locator(".share").text_content() or "").split()[0]) for row in rows.all()]
    assert shares == sorted(shares)
    page.get_by_role("link", name="All names").click()
    expect(page.locator("#count")).to_contain_text("names, ")
    page.get_by_label("Show").select_option("names by link")
    expect(rows.first).to_contain_text(re.compile(r"Q\d+"))


def test_steps_from_label_to_label_and_article_to_article(site: Path, visit: Visit) -> None:
    """With keys while a label has the focus, with buttons else; hidden layers are left out."""
    page = visit(site, NATO)
    order = page.eval_on_selector_all(".words [id^='at-']", "all => all.map(each => each.id)")
    page.keyboard.press("n")
    assert page.locator(":focus").count() == 0
    page.get_by_role("button", name="Next label").click()
    for key, at in (("n", 1), ("n", 2), ("p", 1), ("p", 0), ("p", 0)):
        page.keyboard.press(key)
        assert page.locator(":focus").get_attribute("id") == order[at]
    page.locator("#show-layer-0").uncheck()
    page.get_by_role("button", name="Next label").click()
    expect(page.locator(":focus")).to_have_class(re.compile("passage"))
    expect(page.locator(":focus")).to_be_in_viewport()
    page.get_by_role("link", name="Next article").click()
    expect(page).not_to_have_url(re.compile(NATO))
    page.get_by_role("link", name="Previous article").click()
    expect(page).to_have_url(re.compile(NATO))


def test_differences_lead_from_list_to_row_and_text(site: Path, visit: Visit) -> None:
    """From the number in the index to the documents side by side, and from a row to its words."""
    page = visit(site, "index.html")
    page.get_by_label("Documents").select_option("differ")
    page.locator("#rows td[data-head=Differences] a").last.click()
    row = page.locator(".compared tbody tr").first
    expect(row.locator(".differs").first).to_be_visible()
    row.locator("th").get_by_role("link").click()
    expect(page.locator(":target")).to_be_in_viewport()
    page.locator(".note.differ a").first.click()
    expect(page.locator("tr:target")).to_be_in_viewport()


def test_index_handles_the_labels_of_ten_thousand_articles(tmp_path: Path, visit: Visit) -> None:
    """The page of the labels of ten thousand articles loads them in parts, filters and groups all of them."""
    collection = build_collection(synthetic.many(10_000, with_names=True))
    index = LabelIndex(collection)
    files: dict[str, str | bytes] = {}
    for entry in collection.entries.values():
        index.add(ArticleLabels(collection, entry), Comparison({}, []))
        files.update(index.parts())
    assets = islice(static_site.index_and_assets(collection, index), 2)
    static_site.write_pages(tmp_path, [*files.items(), *static_site.label_pages(index), *assets])
    page = visit(tmp_path, "labels.html")
    expect(page.locator("#count")).to_have_text("30,000 labels")
    page.get_by_label("Search").fill("coree")
    expect(page.locator("#count")).to_have_text("4,287 of 30,000 labels")
    page.get_by_label("Show").select_option("names by words")
    expect(page.locator("#rows td.n").first).to_have_text("1,429")


@pytest.mark.parametrize(("dark", "ground"), [(False, vega.GROUND), (True, vega.DARK_COLORS[vega.GROUND])])
def test_plots_show_in_light_and_dark(site: Path, visit: Visit, dark: bool, ground: str) -> None:
    """Each plot of the index loads from disk under the policy, with the background of the reader's color scheme."""
    page = visit(site, "index.html", dark=dark)
    found = page.locator("img.plot")
    expect(found).to_have_count(3)
    for plot in found.all():
        plot.scroll_into_view_if_needed()
        assert plot.evaluate("plot => plot.decode().then(() => plot.naturalWidth)") == vega.WIDTH
        picture = Image.open(BytesIO(plot.screenshot())).convert("RGB")
        assert picture.crop((picture.width // 2, 12, picture.width // 2 + 1, 13)).tobytes().hex() == ground[1:]


def test_search_folds_text_like_the_index(site: Path, visit: Visit) -> None:
    """Letters of all alphabets are folded in the same way in rows and queries."""
    page = visit(site, "index.html")
    letters = [chr(code) for code in range(0x2E80) if unicodedata.category(chr(code))[0] in "LN"]
    folded = page.evaluate("letters => letters.map(fold)", letters)
    assert folded == [index_page.fold_text(letter).strip() for letter in letters]


def test_hostile_markup_runs_nothing(golden: Path, tmp_path: Path, visit: Visit) -> None:
    """Markup in data is text on every page, in tooltips and in the list as well."""
    site = static_site.write_site(poisoned(golden), tmp_path / "site", silent).start.parent
    for path in sorted(site.rglob("*.html")):
        page = visit(site, path.relative_to(site).as_posix())
        for mention in page.locator(".words .mention").all()[:2]:
            mention.hover()
        assert page.evaluate("document.querySelectorAll('img:not(.plot), [onmouseover]').length") == 0
    page = visit(site, "index.html")
    expect(page.locator("#rows")).to_contain_text(HOSTILE)


def test_security_policy_blocks_inline_scripts_and_styles(golden: Path, tmp_path: Path, browser: Browser) -> None:
    """An inline script or style is blocked, while the site's own files load from disk."""
    start = static_site.write_site(golden, tmp_path / "site", silent).start
    intruder = "<script>document.title = 'run'</script><p id=x style='color:red'>x</p></main>"
    start.write_text(start.read_text().replace("</main>", intruder))
    page = browser.new_page()
    page.goto(start.as_uri())
    expect(page.locator("#rows tr")).to_have_count(2)
    assert page.title() != "run"
    assert page.evaluate("getComputedStyle(document.getElementById('x')).color") != "rgb(255, 0, 0)"
    page.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(site: Path, visit: Visit, name: str, dark: bool) -> None:
    """axe-core finds nothing of serious or critical impact, in light and in dark."""
    page = visit(site, name, dark=dark)
    options = {
        "resultTypes": ["violations"],
        "preload": False,
    }  # from disk it may not ask for styles again
    found = Axe().run(page, options=options).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []


CUT_OFF = """() => [...document.querySelectorAll("main *, header *")].filter((each) => {
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  if (!box.width || !box.height || each.closest("thead, select, .skip")) return false;
  const isCut = style.overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1 && each.tagName !== "INPUT";
  return isCut || box.right > innerWidth + 1 || box.left < -1;
}).map((each) => each.outerHTML.slice(0, 120))"""
"""Elements that are wider than their box or than the screen, and cannot be seen as a whole."""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_on_a_phone(site: Path, visit: Visit, name: str) -> None:
    """On a phone, the page is no wider than the screen, and no part of it is hidden or has to be scrolled to."""
    page = visit(site, name, NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    assert page.evaluate(CUT_OFF) == []


def test_arabic_text_runs_from_right_to_left(tmp_path: Path, visit: Visit) -> None:
    """The lines of an Arabic article run from right to left, those of a French one from left to right."""
    collection = build_collection(synthetic.many(5))
    static_site.write_pages(tmp_path, static_site.site_pages(collection, silent))
    for head in collection.heads.values():
        page = visit(tmp_path, f"articles/{head.id}.html")
        direction = "rtl" if head.language == "ar" else "ltr"
        expect(page.locator(".words").first).to_have_css("direction", direction)
        expect(page.locator("h1")).to_have_css("direction", direction)
