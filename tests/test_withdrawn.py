"""Tombstones: what is kept of a withdrawn article, and what it keeps out."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run, contents
from pactwire.corpus import withdrawn
from pactwire.corpus.withdrawn import Tombstone, Tombstones, url_digest
from pactwire.model import digests
from pactwire.text import passages

WORDS = [f"word{number}" for number in range(60)]
TEXT = " ".join(WORDS) + ".\n"
URL = "https://www.example.org/news/1/?id=7&utm_source=feed#top"


def tombstone(text: str = TEXT, *urls: str) -> Tombstone:
    """Return the tombstone of a text."""
    found = tuple(passages.passage_digests(text))
    name, hashed = digests.short_sha256(text, 16), digests.sha256(text)
    return Tombstone(name, "2026-12-01", None, hashed, (hashed,), tuple(map(url_digest, urls)), found)


def bury(root: Path, *records: Tombstone) -> None:
    """Write the tombstones of a dataset."""
    (root / withdrawn.WITHDRAWN_FILE).write_text("".join(each.line() for each in records), encoding="utf-8")


@given(st.integers(0, 40), st.integers(0, 37), st.sampled_from([" ", "\n", " – ", ", "]), st.booleans())
def test_any_23_words_in_a_row_hold_a_passage(before: int, start: int, between: str, upper: bool) -> None:
    """Wherever they begin, and whatever case, punctuation and words stand around them."""
    wanted = passages.passage_digests(TEXT)
    part = between.join(WORDS[start : start + 23])
    text = f"{'other ' * before}{part.upper() if upper else part}"
    assert passages.find_passages(text, wanted)
    assert not passages.find_passages(between.join(reversed(WORDS)), wanted)


def test_passages_do_not_overlap_and_say_forty_bits() -> None:
    """Nobody can go on from a passage that they know word by word; scripts without spaces have passages too."""
    assert [len(each) for each in passages.passage_digests(TEXT)] == [10] * 5
    assert passages.passage_digests(" ".join(WORDS[:12])) == passages.passage_digests(TEXT)[:1]
    assert len(passages.passage_digests("北朝鮮がロシアに弾薬を供給したと当局者が述べた。")) == 1
    assert passages.passage_digests(" ".join(WORDS[:11])) == []


def test_a_tombstone_has_no_words() -> None:
    """Its line holds an id, a day and digests."""
    line = tombstone(TEXT, URL).line()
    assert not any(word in line for word in (*WORDS, "example", "news"))
    assert json.loads(line).keys() == set(Tombstone._fields)


@pytest.mark.parametrize("url", ["http://example.org/news/1?id=7", "https://WWW.Example.org/news/1/?id=7&utm_medium=x"])
def test_addresses_of_one_page_are_one(url: str) -> None:
    """What does not tell pages apart does not count; a path and other parameters do."""
    assert url_digest(url) == url_digest(URL)
    assert url_digest("https://example.org/news/1?id=8") != url_digest(URL)
    assert url_digest("https://example.org/news/2?id=7") != url_digest(URL)
    assert url_digest("https://[broken") != url_digest("https://[broken2")


def test_ingest_refuses_text_page_file_and_address(golden: Path, tmp_path: Path, run: Run) -> None:
    """The text in any form, a page with most of it, and whatever stands at its address; all else is taken."""
    bury(golden, tombstone(TEXT, URL))
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "same.txt").write_text(TEXT)
    (inputs / "bom.txt").write_text("\ufeff" + TEXT.replace("\n", "\r\n"))
    (inputs / "page.html").write_text(f"<html><body><h1>Other title</h1><p>{TEXT}</p><p>More of it.</p></body></html>")
    lines = [
        {"text": "Rewritten.", "url": "http://example.org/news/1?id=7"},
        {"text": TEXT.strip()},
        {"text": f"They said: {' '.join(WORDS[:14])}. All else is another article.", "url": "http://example.org/2"},
    ]
    (inputs / "more.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    before = contents(golden / "dataset")
    done = run("ingest", inputs, "--root", golden, "--format", "json")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    refused = sorted((each["message"].split(" was ")[0], each["file"].rpartition("/")[2]) for each in said[:-1])
    assert {each["code"] for each in said[:-1]} == {"ingest-withdrawn"}
    assert refused == [
        ("most of this text", "more.jsonl"), ("most of this text", "page.html"), ("this address", "more.jsonl"),
        ("this text", "bom.txt"), ("this text", "same.txt"),
    ]  # fmt: skip
    assert (done.returncode, said[-1]["taken"]) == (1, 1)
    assert contents(golden / "dataset").keys() - before.keys() == set(
        name.removeprefix("dataset/") for name in said[-1]["written"]
    )


def test_ingest_stops_at_broken_tombstones(golden: Path, run: Run) -> None:
    """Otherwise the article would come back."""
    (golden / withdrawn.WITHDRAWN_FILE).write_text('{"article": "00000000000000cc"}\n')
    before = contents(golden / "dataset")
    done = run("ingest", golden / "pactwire.toml", "--form", "text", "--root", golden)
    assert (done.returncode, contents(golden / "dataset")) == (1, before)
    assert "dataset/withdrawn.jsonl:1: schema: " in done.stdout


def test_a_quotation_is_not_the_article() -> None:
    """One or two passages may be what others quote too; half of them are the article."""
    words = [f"word{number}" for number in range(120)]
    record = tombstone(" ".join(words))
    known = Tombstones([record])
    assert known.with_passages(" ".join(words[:59])) is None
    assert known.with_passages(" ".join(words[:60])) == record
    few = tombstone(" ".join(words[:48]))
    assert Tombstones([few]).with_passages(" ".join(words[:35])) is None
    assert Tombstones([few]).with_passages(" ".join(words[:36])) == few
    short = tombstone(" ".join(WORDS[:13]))
    assert Tombstones([short]).with_passages(" ".join(WORDS[:12])) == short
