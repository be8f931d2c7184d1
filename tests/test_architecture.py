"""docs/architecture.md and the decision records are right: rooms, modules, offsets of the entity they follow."""

import re
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pactwire.corpus import corpus
from pactwire.model.labels import document_labels
from pactwire.text import offsets

ARTICLE, ENTITY = "5ccec2fc13046f9d", "e31"


def pages(checkout: Path) -> list[Path]:
    """Return the pages on the code's structure."""
    return [checkout / "docs/architecture.md", *sorted((checkout / "docs/decisions").glob("*.md"))]


def test_every_module_that_is_named_exists(checkout: Path) -> None:
    """A reference such as `text/offsets` leads to a module."""
    rooms = {path.name for path in (checkout / "scripts/pactwire").iterdir() if path.is_dir()}
    named = {
        (room, module)
        for page in pages(checkout)
        for room, module in re.findall(r"`([a-z]+)/(\w+)`", page.read_text(encoding="utf-8"))
        if room in rooms
    }
    assert len(named) > 30
    assert [name for name in named if not (checkout / "scripts/pactwire" / name[0] / f"{name[1]}.py").is_file()] == []


def test_every_source_file_that_a_page_names_exists(checkout: Path) -> None:
    """A path such as scripts/pactwire/cli/terminal.py, in any page of the repository, leads to a file."""
    texts = [path.read_text(encoding="utf-8") for path in [*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md")]]
    named = {path for text in texts for path in re.findall(r"\b(?:scripts|tests|benchmarks)/[\w/-]+(?:\.\w+)+", text)}
    assert len(named) > 10
    assert [path for path in named if not (checkout / path).exists()] == []


def test_rooms_stand_in_the_order_that_is_enforced(checkout: Path) -> None:
    """The table of rooms has the order of the contract, and the modules to start at."""
    contract = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [set(layer.split(" | ")) for layer in reversed(contract["contracts"][0]["layers"])]
    page = pages(checkout)[0].read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \|[^|]+\| ([^|]+) \|$", page, re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", rooms)) for rooms, _ in rows] == layers
    for rooms, starts in rows:
        folders = [checkout / "scripts/pactwire" / room for room in re.findall(r"`(\w+)`", rooms)]
        for module in re.findall(r"`(\w+)`", starts):
            assert any((folder / f"{module}.py").is_file() for folder in folders), module


def test_the_entity_has_the_offsets_that_are_told(checkout: Path) -> None:
    """In source text, content text and row, the mention is where the page says, and is the same word."""
    page = pages(checkout)[0].read_text(encoding="utf-8")
    data = corpus.load_corpus(checkout)
    article, document = data.articles[ARTICLE], data.final_document(ARTICLE)
    assert document is not None
    (label,) = [each for each in document_labels(document, "entities") if each["id"] == ENTITY]
    text, segments = offsets.content_text(article["source_text"], data.zones(article), data.schema.content_kinds)
    span = offsets.to_content(segments, label["start"], label["end"])
    assert span is not None
    assert text[slice(*span)] == article["source_text"][label["start"] : label["end"]] == label["text"]
    assert f"at **{label['start']}:{label['end']}**" in page
    assert f"**{span[0]}:{span[1]}**" in page
    files = (checkout / "dataset/data/entities").glob("test-*.parquet")
    (row,) = [
        row
        for file in files
        for row in pq.read_table(file).to_pylist()
        if row["article_id"] == ARTICLE and row["start"] <= span[0] < row["end"]
    ]
    assert (
        f"ours begins at {row['start']}, so the mention is at **{span[0] - row['start']}:{span[1] - row['start']}**"
        in page
    )


@pytest.mark.parametrize("part", ["Decision", "Why", "Consequences"])
def test_every_decision_record_has_its_parts(checkout: Path, part: str) -> None:
    """A record says what was decided, why, and what follows, and the architecture page links to it."""
    index = pages(checkout)[0].read_text(encoding="utf-8")
    records = pages(checkout)[1:]
    assert len(records) >= 10
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert f"**{part}.** " in text
        title = text.splitlines()[0].removeprefix("# ")
        assert f"[{title}](decisions/{record.name})" in index
