"""The static site for any schema: each label of each layer stands in its article's page, with all of its values."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import Attribute, AttributeKind
from pactwire.model.records import Cluster
from pactwire.model.schema import AnnotationSchema
from pactwire.site import cluster_page, static_site
from pactwire.site.collection import build_collection
from pactwire.site.layer_styles import complete_style, layer_styles
from support import html, schemas, synthetic
from support.examples import examples
from support.floods import FLOODS
from support.news import SCHEMA
from support.schemas import Drawn
from support.synthetic import silent

MARKUP = "<em>&amp;</em>"
TEMPLATES = Path(static_site.__file__).parent / "templates"


def of_templates(pattern: str) -> set[str]:
    """Return what the templates have that matches a pattern: names of elements, or of attributes."""
    text = "".join(path.read_text("utf-8") for path in TEMPLATES.iterdir())
    return {each.lower() for each in re.findall(pattern, text)} | {
        "a",
        "span",
        "class",
        "data-of",
        "data-badge",
        "lang",
    }


TAGS = of_templates(r"<([a-z0-9]+)")
ATTRIBUTES = of_templates(r' ([a-zA-Z-]+)="') | {
    "hidden", "defer", "checked", "data-of", "data-badge", "aria-describedby",
}  # fmt: skip
"""Elements and attributes that pages may have; any other would come from data."""


def pages(data: Corpus) -> dict[str, html.Node]:
    """Return the pages of a corpus by name, as trees."""
    files = static_site.site_pages(build_collection(data), silent)
    return {name: html.parse(text) for name, text in files if isinstance(text, str) and name.endswith(".html")}


def pages_of_labels(data: Corpus) -> dict[str, html.Node]:
    """Return the pages of articles and clusters, without the index, whose plots take long to draw."""
    files = static_site.site_pages(build_collection(data), silent)
    first = takewhile(lambda file: file[0].startswith(("articles/", "clusters")), files)
    return {name: html.parse(str(text)) for name, text in first}


@st.composite
def collections(draw: st.DrawFn) -> tuple[Corpus, list[Drawn]]:
    """Draw one or two articles of one schema; in layers with clusters, their first labels say the same."""
    declaration = st.just(draw(schemas.declarations()))
    drawn = {each.article["id"]: each for each in draw(st.lists(schemas.drawn(declaration), min_size=1, max_size=2))}
    found = list(drawn.values())
    schema = found[0].schema
    for each in found:
        _add_markup(each)
    data = synthetic.corpus(found, schema)
    for layer in schema.cluster_layers:
        firsts = {each.article["id"]: document_labels(each.document, layer.name)[:1] for each in found}
        members = [f"{article}/{label['id']}" for article, labels in firsts.items() for label in labels]
        if len(members) == 2 and layer.clusters:
            cluster: Any = {"id": "k1", layer.clusters.text: "<i>Said.</i>", "members": members, "by": ["ana"]}
            data.clusters[layer.name] = [(1, cluster)]
    return data, found


def _add_markup(drawn: Drawn) -> None:
    """Put markup into each text attribute that may have it."""
    for layer in drawn.schema.layers.values():
        for attribute in layer.of_kind(AttributeKind.TEXT):
            if drawn.schema.attribute_validator(layer.name, attribute.name).is_valid(MARKUP):
                for label in document_labels(drawn.document, layer.name):
                    label[attribute.name] = MARKUP


@examples(60)
@given(collections())
def test_every_label_of_every_layer_is_shown(drawn: tuple[Corpus, list[Drawn]]) -> None:
    """Pages are well formed, links and ids fit, no markup comes from data, and no label or value is left out."""
    data, found = drawn
    site = pages_of_labels(data)
    targets = {
        f"{name}#{node.attributes['id']}"
        for name, page in site.items()
        for node in page.all()
        if "id" in node.attributes
    }
    for name, page in site.items():
        assert {node.tag for node in page.all()} <= TAGS
        assert {key for node in page.all() for key in node.attributes} <= ATTRIBUTES
        ids = Counter(node.attributes["id"] for node in page.all() if "id" in node.attributes)
        assert not [each for each, count in ids.items() if count > 1]
        assert {*_inner_links(name, page)} <= targets
    for each in found:
        page = site[f"articles/{each.article['id']}.html"]
        lines = [line for line in each.article["source_text"].split("\n") if line.strip()]
        assert [node.text for node in page.all("p", "words")] == lines
        for layer in each.schema.layers.values():
            for label in document_labels(each.document, layer.name):
                _check_label(each, page, layer.name, label)


def _inner_links(name: str, page: html.Node) -> Iterator[str]:
    """Yield the places in the site's pages that the links of a page lead to."""
    for link in page.all("a"):
        href = link.attributes["href"]
        if "#" in href and not href.startswith("http"):
            file, _, place = href.partition("#")
            folder = "articles/" if name.startswith("articles/") else ""
            target = file.removeprefix("../") if file.startswith("../") else f"{folder}{file}" if file else name
            if target not in ("index.html", "labels.html") and place != "main":
                yield f"{target}#{place}"


def _check_label(drawn: Drawn, page: html.Node, layer: str, label: Any) -> None:
    """Check that a page marks a label's words and parts, and shows each of its values and who made it."""
    declared = drawn.schema.layers[layer]
    if declared.is_span:
        assert [node for node in page.all() if node.attributes.get("id") == f"at-{label['id']}"]
        assert _marked(page, label["id"], {"mention", "passage"}) == _words(label["text"])
    name = label["id"] if declared.is_span else layer_styles(drawn.schema)[layer].name
    if len(parts := [label[part.name] for part in declared.parts if label.get(part.name)]) == 1:
        assert _marked(page, name, {"part"}) == _words(parts[0]["text"])
    style = layer_styles(drawn.schema)[layer]
    sections = [each for each in page.all("section") if each.attributes["id"].endswith(f"-{style.name}")]
    tips = [each for each in page.all("div") if style.is_inline and each.attributes.get("id", "").startswith("tip-")]
    shown = "".join(each.text for each in [*sections, *tips])
    for attribute in declared.attributes:
        for value in _shown_values(attribute, label):
            assert value in shown, (attribute.name, value)
    assert all(maker in shown for maker in label["by"])


def _marked(page: html.Node, name: str, css: set[str]) -> str:
    """Return the words of the text that are marked as a label's or its part's, by the CSS class."""
    nodes = (node for line in page.all("p", "words") for node in line.all())
    named = (node for node in nodes if name in node.attributes.get("data-of", "").split())
    return "".join(node.text for node in named if css & set(node.attributes["class"].split()))


def _words(text: str) -> str:
    return "".join(line for line in text.split("\n") if line.strip())


def _shown_values(attribute: Attribute, label: Any) -> Iterator[str]:
    """Yield the texts by which a page shows the value of an attribute."""
    value = label.get(attribute.name)
    if value is None:
        return
    if attribute.kind in (AttributeKind.CHOICE, AttributeKind.CHOICES):
        names = value if isinstance(value, list) else [value]
        yield from (f"Title of {name}" for name in names)
    elif attribute.kind == AttributeKind.NUMBER:
        yield json.dumps(value)
    elif attribute.kind in (AttributeKind.TEXT, AttributeKind.LINK):
        yield value
    elif attribute.kind == AttributeKind.PART:
        yield value["text"]
    elif attribute.kind == AttributeKind.FLAG:
        yield attribute.title
    else:
        yield from (each for each in value_list(attribute, label) if each in attribute.parties)


# --- links


@pytest.mark.parametrize(
    ("base", "link", "address"),
    [
        ("https://www.wikidata.org/wiki/", "Q159", "https://www.wikidata.org/wiki/Q159"),
        ("https://example.org/?id=", 'a b&"<', "https://example.org/?id=a%20b%26%22%3C"),
        ("https://example.org/", "NIL:me", ""),
        ("javascript:alert(1)//", "Q1", ""),
        (None, "Q1", ""),
    ],
)
def test_links_lead_to_their_declared_address(base: str | None, link: str, address: str) -> None:
    """An id is appended to the base of its attribute, escaped; ids of the dataset's own have no address."""
    attribute = Attribute("link", AttributeKind.LINK, "Link", "", is_nullable=True, base=base)
    assert attribute.link_address(link) == address


# --- another dataset


@pytest.fixture(scope="module")
def floods() -> dict[str, html.Node]:
    """The pages of the dataset about floods."""
    return pages(corpus.load_corpus(FLOODS))


def test_labels_of_an_article_stand_in_a_box(floods: dict[str, html.Node]) -> None:
    """The box has the title of the layer and each attribute by its title, also a flag that is not set."""
    [box] = floods["articles/3ef65bca5ce4a0b9.html"].all("section", "box")
    assert box.words == (
        "Subject Focus Response Themes Warning Evacuation Dams Farming Transport Health Casualties no Made by claude"
    )
    cells = next(floods["index.html"].all("template"))
    assert [cell.attributes["data-head"] for cell in cells.all("td")][-3:] == ["Subject", "Differences", "Status"]


def test_labels_with_references_are_a_table(floods: dict[str, html.Node]) -> None:
    """Its columns are the references and the class; each figure is there, with its value and the quote it stands in."""
    table = next(floods["articles/962f72652589cfea.html"].all("table", "references"))
    heads = [cell.text for cell in next(table.all("thead")).all("th")]
    assert heads == ["Sites", "Measure", "Said in", "In the words", "As part of"]
    row = next(row for row in table.all("tr") if "4.2 metres" in row.words)
    sites, measure, said_in, words, _ = [cell.words for cell in row.children if isinstance(cell, html.Node)]
    assert (sites, measure) == ("River Ebbing, Toll Bridge", "Water level")
    assert said_in.startswith("The gauge at Toll Bridge")
    assert words == "f2 4.2 metres Value: 4.2 Meter Estimate: no by claude · line 583"
    assert [link.attributes["href"] for link in row.all("a", "referent")][:3] == ["#at-m4", "#at-m6", "#at-q1"]


def test_site_without_clusters_has_no_page_of_them(floods: dict[str, html.Node]) -> None:
    """Neither the page nor a link to it."""
    assert not [name for name in floods if name.startswith("clusters")]
    assert [link.text for link in next(floods["index.html"].all("nav")).all("a")] == ["Articles", "Labels", "Names"]


# --- several layers of a sort


def _twice(declaration: Any, name: str, **keys: Any) -> Any:
    """Return a schema in which a layer is there a second time, as ``others``."""
    node = json.loads(json.dumps(declaration["properties"][name]))
    node["x-layer"] |= {"label": "other", "prefix": "o", "config": "others", **keys}
    node["title"] = "Others"
    return {**declaration, "properties": {**declaration["properties"], "others": node}}


def test_clusters_of_each_layer_have_a_page(checkout: Any) -> None:
    """Clusters of two layers may have the same id; each leads to the row of its own layer."""
    data = corpus.load_corpus(checkout)
    clusters = {"file": "others.jsonl", "config": "other_pairs", "text": "normalized"}
    data.schema = AnnotationSchema(_twice(data.schema.declaration, "claims", clusters=clusters))
    first: Cluster = data.clusters["claims"][0][1]
    data.clusters["others"] = [(1, {**first, "members": [f"{each}-o" for each in first["members"]]})]
    collection = build_collection(data)
    for entry in collection.entries.values():
        claims: list[Any] = document_labels(entry.final, "claims")
        vars(entry)["final"] = {**(entry.final or {}), "others": [{**each, "id": f"{each['id']}-o"} for each in claims]}
    addresses = cluster_page.cluster_addresses(collection)
    assert addresses["claims", first["id"]] == f"clusters.html#cluster-{first['id']}"
    assert addresses["others", first["id"]] == f"clusters2.html#cluster-{first['id']}"
    found = {page["file"]: page for page in cluster_page.pages(collection)}
    assert found["clusters2.html"]["total"] == 1
    assert static_site.SITE_FILES.fullmatch("clusters2-3.html")


def test_layers_have_colors_of_their_own() -> None:
    """Classes of two layers of names are numbered through, and all have a color in light and dark."""
    doubled = layer_styles(AnnotationSchema(_twice(SCHEMA.declaration, "entities")))
    first, second = doubled["entities"], doubled["others"]
    colors = [style.class_color(place) for style in (first, second) for place in range(6)]
    assert colors == [f"type-{number}" for number in range(12)]
    sheet = complete_style("", doubled.values())
    for color in colors:
        light, dark = re.findall(rf"\.{color} {{ --type: (#[0-9a-f]{{6}})", sheet)
        assert light != dark
        assert f".over-{color} {{ --over: {light} }}" in sheet
