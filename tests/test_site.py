"""The static site without a browser: marks over text, escaping, what the pages say, and how they are written."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.site import cluster_page, index_page, marks, reference_graph, reference_table, static_site
from pactwire.site.collection import build_collection
from pactwire.site.label_index import LabelIndex
from pactwire.site.label_views import ArticleLabels
from pactwire.site.provenance import provenance_summary
from pactwire.storage import files
from support import html, synthetic
from support.examples import examples
from support.news import SCHEMA
from support.strategies import Annotated, annotated
from support.synthetic import HOSTILE, poisoned, silent

drawn_slowly = examples(50)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t<>&\"'"), max_size=30)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[marks.Mark]]:
    """Draw a text and marks over it, of any place and size: nested, crossing, equal, empty, with and without link."""
    text = draw(TEXTS)
    place = st.integers(0, len(text))
    found = []
    for number in range(draw(st.integers(0, 6))):
        start, end = sorted((draw(place), draw(place)))
        link = "#there" if draw(st.booleans()) else ""
        first = {"id": f"at-{number}", "title": draw(TEXTS)}
        found.append(marks.Mark(start, end, f"m{number}", "mark", draw(st.integers(0, 3)), link, first=first))
    return text, found


def tree(text: str, found: list[marks.Mark]) -> html.Node:
    """Return the marked-up text as a tree."""
    return html.parse(str(marks.to_html(text, 0, len(text), found)))


@given(marked())
def test_marked_text_shows_exactly_the_text(drawn: tuple[str, list[marks.Mark]]) -> None:
    """Whatever the marks are, the HTML is well formed and shows exactly the text."""
    text, found = drawn
    assert tree(text, found).text == text


@given(marked())
def test_every_mark_covers_its_span(drawn: tuple[str, list[marks.Mark]]) -> None:
    """The elements that name a mark hold its words, all of them and no others, and its start stands once."""
    text, found = drawn
    root = tree(text, found)
    for mark in found:
        named = [node for node in root.all() if mark.name in node.attributes.get("data-of", "").split()]
        assert "".join(node.text for node in named) == text[mark.start : mark.end]
        starts = [node for node in root.all() if node.attributes.get("id") == f"at-{mark.name[1:]}"]
        assert [node.attributes.get("title", "") for node in starts] == [mark.first["title"]] * (mark.start < mark.end)


@given(marked())
def test_links_never_nest(drawn: tuple[str, list[marks.Mark]]) -> None:
    """No link stands in a link, and of each mark's pieces at most one is a stop of the Tab key."""
    root = tree(*drawn)
    links = list(root.all("a"))
    assert not [inner for link in links for inner in link.all("a")]
    stops = Counter(link.attributes["data-of"].split()[-1] for link in links if "tabindex" not in link.attributes)
    assert sum(stops.values()) <= sum(1 for mark in drawn[1] if mark.link)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=12))
def test_lanes_keep_overlapping_spans_apart(drawn: list[tuple[int, int]]) -> None:
    """Spans that overlap have different lanes, and there are no more lanes than spans over one place."""
    spans = [(start, start + length, str(number)) for number, (start, length) in enumerate(drawn)]
    lanes = marks.assign_lanes(spans)
    for a in spans:
        for b in spans:
            if a[2] < b[2] and a[0] < b[1] and b[0] < a[1]:
                assert lanes[a[2]] != lanes[b[2]]
    deepest = max((sum(a <= place < b for a, b, _ in spans) for place in range(41)), default=0)
    assert len(set(lanes.values())) == deepest


# --- pages


def rendered(data: corpus.Corpus) -> dict[str, str]:
    """Return the pages of a corpus by name, static files left out."""
    return {
        name: content
        for name, content in static_site.site_pages(build_collection(data), silent)
        if isinstance(content, str) and name.endswith(".html")
    }


def article_page(drawn: Annotated) -> str:
    """Return the page of a drawn article alone."""
    name, text = next(static_site.site_pages(build_collection(synthetic.corpus([drawn])), silent))
    assert name == f"articles/{drawn.article['id']}.html"
    return str(text)


@drawn_slowly
@given(annotated())
def test_article_page_shows_every_line(drawn: Annotated) -> None:
    """Any valid document makes a well-formed page that shows every line of the source text, unchanged."""
    page = html.parse(article_page(drawn))
    lines = [line for line in drawn.article["source_text"].split("\n") if line.strip()]
    assert [node.text for node in page.all("p", "words")] == lines
    assert [node.attributes["src"] for node in page.all("script")] == ["../static/site.js"]


@drawn_slowly
@given(annotated())
def test_ids_are_unique_and_links_resolve(drawn: Annotated) -> None:
    """In any page, ids are unique, each internal link has a target, and each tooltip exists."""
    page = html.parse(article_page(drawn))
    ids = Counter(node.attributes["id"] for node in page.all() if "id" in node.attributes)
    assert not [name for name, count in ids.items() if count > 1]
    wanted = {node.attributes["href"][1:] for node in page.all("a") if node.attributes["href"].startswith("#")}
    wanted |= {name for node in page.all() for name in node.attributes.get("aria-describedby", "").split()}
    assert wanted <= set(ids)


def test_hostile_markup_is_shown_as_text(golden: Path) -> None:
    """Markup in an article, name, topic or claim is shown, and never becomes an element or attribute."""
    for name, text in rendered(corpus.load_corpus(poisoned(golden))).items():
        page = html.parse(text)
        scripts = [node.attributes["src"] for node in page.all("script")]
        assert all(src.startswith(("data/articles-", "data/labels", "static/", "../static/")) for src in scripts), name
        assert not [node for node in page.all() if any(key[:2] == "on" for key in node.attributes)]
        assert all(node.attributes["src"].startswith("plots/") for node in page.all("img"))
        assert not [node for node in page.all("a") if "javascript" in node.attributes.get("href", "")]
        assert not [node for node in page.all() if "style" in node.attributes or node.tag == "style"]
    page = html.parse(rendered(corpus.load_corpus(golden))["articles/00000000000000cc.html"])
    assert [node.text for node in page.all("p", "words")] == [HOSTILE, HOSTILE]


def test_every_page_has_the_security_policy(golden: Path) -> None:
    """Each page forbids everything except scripts and styles from the site's own files."""
    found = rendered(corpus.load_corpus(golden))
    assert len(found) == 5
    for text in found.values():
        policies = [m.attributes["content"] for m in html.parse(text).all("meta") if "http-equiv" in m.attributes]
        assert policies == [static_site.CONTENT_SECURITY_POLICY]
    assert "default-src 'none'" in static_site.CONTENT_SECURITY_POLICY
    assert "unsafe" not in static_site.CONTENT_SECURITY_POLICY


def test_article_page_shows_stances_with_claims_of_other_articles(checkout: Path) -> None:
    """The page alone tells that the United States accuse North Korea, of what, and which article says the same."""
    page = html.parse(rendered(corpus.load_corpus(checkout))["articles/31c112378dc0491b.html"])
    table = next(page.all("table", "references"))
    rows = [[cell.words for cell in row.children if isinstance(cell, html.Node)] for row in table.all("tr")]
    against = SCHEMA.labels("stances", "polarity")[1].title
    _, polarity, whom, words, claim = next(row for row in rows if row[0] == "United States" and "s6" in row[3])
    assert (polarity, whom) == (against, "North Korea")
    assert "обвиниха Северна Корея" in words
    assert "ballistic missiles" in claim
    assert "11,000 containers" in claim
    row = next(row for row in table.all("tr") if "11,000 containers" in row.words)
    assert "4b7befb44f73cc7b.html" in next(row.all("a", "elsewhere")).attributes["href"]


def test_claims_of_a_cluster_are_side_by_side(checkout: Path) -> None:
    """Each cluster is a row with its claims by language, and links to their articles."""
    data = corpus.load_corpus(checkout)
    page = html.parse(rendered(data)["clusters.html"])
    for _, cluster in data.iter_clusters():
        row = next(row for row in page.all("tr") if row.attributes.get("id") == f"cluster-{cluster['id']}")
        links = [link.attributes["href"] for link in row.all("a", "badge")]
        assert sorted(links) == sorted(
            f"articles/{article}.html#at-{claim}"
            for article, _, claim in (m.partition("/") for m in cluster["members"])
        )


def test_splits_clusters_into_pages(golden: Path) -> None:
    """Further clusters go on further pages, and the address of each row names its page."""
    collection = build_collection(corpus.load_corpus(golden))
    first = collection.data.clusters["claims"][0][1]
    collection.data.clusters["claims"] = [(n, {**first, "id": f"k{n}"}) for n in range(cluster_page.PAGE_SIZE + 1)]
    collection.__dict__.pop("clusters", None)
    found = list(cluster_page.pages(collection))
    assert [(page["file"], len(page["rows"])) for page in found] == [("clusters.html", 200), ("clusters-2.html", 1)]
    assert cluster_page.cluster_addresses(collection)["claims", "k200"] == "clusters-2.html#cluster-k200"


def test_drawing_contains_every_row(checkout: Path) -> None:
    """Each row of stances is a curve, nodes of a column do not overlap, and all lies inside the drawing."""
    collection = build_collection(corpus.load_corpus(checkout))
    for entry in collection.entries.values():
        rows = reference_table.group_by_references(ArticleLabels(collection, entry), collection.styles["stances"])
        graph = reference_graph.draw_graph(rows)
        assert [edge.tie.row for edge in graph.edges] == rows
        for column in (graph.firsts, graph.seconds):
            for above, below in pairwise(column):
                assert above.y + above.height < below.y
            assert all(node.y >= 0 and node.y + node.height <= graph.height for node in column)
        assert sum(len(row.labels) for row in rows) == len(document_labels(entry.final, "stances"))


# --- the index


def test_shards_only_assign_rows(golden: Path) -> None:
    """A shard is one statement around JSON, with a row for each article and hostile words inside strings."""
    collection = build_collection(corpus.load_corpus(poisoned(golden)))
    (shard,) = index_page.shard_scripts(collection, {})
    before, after = "(globalThis.pactwire ??= []).push(", ");\n"
    assert shard.startswith(before)
    rows = json.loads(shard.removeprefix(before).removesuffix(after))
    assert [row[0] for row in rows] == list(collection.entries)
    assert rows[2][1] == HOSTILE


def test_splits_articles_into_shards() -> None:
    """Each shard has up to a thousand rows; none is duplicated or lost."""
    collection = build_collection(synthetic.many(2500))
    found = [
        json.loads(text[text.index("[\n") : text.rindex("]") + 1]) for text in index_page.shard_scripts(collection, {})
    ]
    assert [len(rows) for rows in found] == [1000, 1000, 500]
    assert [row[0] for rows in found for row in rows] == list(collection.entries)


def test_index_says_who_created_the_labels(golden: Path) -> None:
    """Labels of a model are described as such and as unreviewed; labels that a person reviewed are not."""
    collection = build_collection(corpus.load_corpus(golden))
    assert (
        provenance_summary(SCHEMA, collection.entries.values())
        == "The labels were created by a model, and no person has reviewed them."
    )
    for entry in collection.entries.values():
        assert entry.final
        entry.final["annotators"][0]["kind"] = "human"
        entry.final["status"] = dict.fromkeys(entry.final["status"], "reviewed")
    assert "a person has reviewed and accepted all of them" in provenance_summary(SCHEMA, collection.entries.values())
    assert provenance_summary(SCHEMA, []) == "Nothing is annotated yet; zones were found by rule."


def test_index_explains_missing_agreement(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many articles, the index names the command that prints the figures, and shows no plot."""
    monkeypatch.setattr(index_page, "AGREEMENT_LIMIT", 4)
    collection = build_collection(corpus.load_corpus(checkout))
    found = dict(static_site.index_and_assets(collection, LabelIndex(collection)))
    assert "plots/agreement.svg" not in found
    assert "plots/stances.svg" in found
    words = html.parse(str(found["index.html"])).words
    assert "5 articles have several annotators; with more than 4 the figures are left out here" in words
    assert "pactwire agreement claude-c claude-d prints them." in words


def test_search_finds_names_in_any_language(checkout: Path) -> None:
    """The words of a row hold an entity's English name as well as the article's own words for it, without accents."""
    collection = build_collection(corpus.load_corpus(checkout))
    words = index_page.search_text(collection, collection.entries["31c112378dc0491b"])
    assert "north korea" in words
    assert index_page.fold_text("Пхенян") in words
    assert index_page.fold_text("Été  À\u0301") == "ete a"


# --- writing


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return each file's time and contents by name."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_second_run_writes_nothing(golden: Path, tmp_path: Path) -> None:
    """A second run leaves every file untouched and nothing next to the site."""
    target = tmp_path / "out" / "site"
    assert static_site.write_site(golden, target, silent).changed
    before = state(tmp_path / "out")
    assert not static_site.write_site(golden, target, silent).changed
    assert state(tmp_path / "out") == before


def test_killed_run_keeps_old_site(golden: Path, tmp_path: Path) -> None:
    """A run that ends early leaves the old site intact, and the next one cleans up after it."""
    target = tmp_path / "out" / "site"
    static_site.write_site(golden, target, silent)
    before = state(target)
    files.write_file(
        golden / "annotations/links.tsv", (golden / "annotations/links.tsv").read_text().replace("\tR", "\tZ")
    )

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        static_site.write_site(golden, target, stop)
    assert state(target) == before
    static_site.write_site(golden, target, silent)
    assert [path.name for path in target.parent.iterdir()] == ["site"]


def test_next_run_restores_site_killed_during_swap(golden: Path, tmp_path: Path) -> None:
    """If only the hidden old site exists, the next run restores it first."""
    target = tmp_path / "site"
    static_site.write_site(golden, target, silent)
    before = state(target)
    target.rename(tmp_path / ".site.old")
    assert not static_site.write_site(golden, target, silent).changed
    assert state(target) == before


def test_keeps_folders_that_are_not_a_site(golden: Path, tmp_path: Path) -> None:
    """A folder with anything else in it is refused, with a remedy, and stays as it is."""
    target = tmp_path / "precious"
    files.write_file(target / "index.html", "<h1>mine</h1>")
    with pytest.raises(DataError) as error:
        static_site.write_site(golden, target, silent)
    assert [issue.text() for issue in error.value.issues] == [
        f"{target.as_posix()}:1: view-target: the folder holds something other than a site that this command wrote "
        "(name a folder that is empty, does not exist, or contains an earlier site)"
    ]
    assert (target / "index.html").read_text() == "<h1>mine</h1>"


def test_invalid_data_writes_nothing(golden: Path, tmp_path: Path) -> None:
    """A dataset with issues gives all of them and no site."""
    files.write_file(golden / "dataset/splits.csv", "article,story,split\n")
    with pytest.raises(DataError):
        static_site.write_site(golden, tmp_path / "site", silent)
    assert not (tmp_path / "site").exists()


def test_command_prints_page_to_open(golden: Path, run: Callable[..., CompletedProcess[str]]) -> None:
    """`pactwire view` writes ROOT/site and prints the page to open; problems in data exit with 1."""
    done = run("view", "--root", golden)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"wrote {golden}/site: 2 articles; open {golden}/site/index.html\n"
    assert (golden / "site" / "index.html").is_file()
    assert run("view", "--root", golden, "--out", golden / "dataset").returncode == 1
