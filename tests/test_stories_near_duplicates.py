"""Near duplicates: shingles, signatures, candidate pairs, and the check that none are in two splits."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.model import strict_json
from pactwire.storage import files
from pactwire.stories import candidate_pairs, leak_check, near_duplicates
from pactwire.stories.shingles import jaccard_index, shingle_set
from pactwire.stories.signatures import BANDS, minhash_signatures
from pactwire.text import offsets, zones
from support import planted
from support.news import SCHEMA

WORDS = st.lists(st.sampled_from(["нато", "kim", "24", "corée", "a\u0301b", "軍"]), max_size=12)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(ANY)
def test_shingles_are_sorted_and_unique(text: str) -> None:
    """The shingles of any text are strictly increasing numbers."""
    shingles = shingle_set(text)
    assert (shingles[1:] > shingles[:-1]).all()


@given(WORDS, st.lists(st.sampled_from([" ", "\n", ", ", " – ", "... "]), min_size=12, max_size=12))
def test_shingles_ignore_case_punctuation_and_space(words: list[str], separators: list[str]) -> None:
    """A text with other case, punctuation and white space has the same shingles."""
    other = "".join(word + separator for word, separator in zip(words, separators, strict=False))
    assert np.array_equal(shingle_set(" ".join(words)), shingle_set(other.upper()))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a b c d e", "a b c d e", 1.0),
        ("a b c d e", "a b c d f", 1 / 3),
        ("a b c d e", "e d c b a", 0.0),
        ("a b", "a b", 1.0),
        ("a b", "a c", 0.0),
        ("", "", 0.0),
        ("北朝鮮軍が来た", "北朝鮮軍が来る", 3 / 5),
        ("24軍 a b", "24 軍 a b", 1.0),
    ],
)
def test_similarity_is_the_jaccard_index_of_shingles(left: str, right: str, expected: float) -> None:
    """The similarity equals the one counted by hand; in scripts without spaces, characters count as words."""
    assert jaccard_index(shingle_set(left), shingle_set(right)) == pytest.approx(expected)


@given(st.lists(ANY, max_size=5))
def test_a_signature_depends_on_its_text_alone(texts: list[str]) -> None:
    """Batches of any size give the same rows; a text without words is in no group."""
    rows = minhash_signatures(texts)
    assert rows.shape == (len(texts), BANDS)
    for row, text in zip(rows, texts, strict=True):
        assert np.array_equal(row, minhash_signatures([text])[0])
        assert (row == 0).all() if not len(shingle_set(text)) else (row != 0).all()


def test_signatures_are_the_same_on_every_machine() -> None:
    """Signatures computed or stored elsewhere agree with those computed here."""
    (row,) = minhash_signatures(["Генсек НАТО підтвердив участь північнокорейських військових у війні"])
    assert row[:3].tolist() == SIGNATURE


SIGNATURE = [1244326071, 3659155273, 912549208]


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 5))
def test_rows_with_equal_keys_are_paired_within_the_window(keys: list[int], window: int) -> None:
    """Pairs have equal keys other than 0; each row is paired with exactly those within its window."""
    order = np.argsort(np.array(keys, np.uint64), kind="stable")
    packed = candidate_pairs.pair_equal_keys(np.array(keys, np.uint64)[order], order.astype(np.uint32), window)
    pairs = set(zip(*(half.tolist() for half in candidate_pairs.unpack_halves(packed)), strict=True))
    expected = set()
    for key in {*keys} - {0}:
        rows = [row for row, each in enumerate(keys) if each == key]
        expected |= {(row, other) for at, row in enumerate(rows) for other in rows[at + 1 : at + 1 + window]}
    assert pairs == expected


def test_many_equal_texts_give_few_pairs_each() -> None:
    """The number of pairs grows linearly in a crowded group, and all its rows stay connected."""
    pairs = near_duplicates.find_candidates(np.repeat(minhash_signatures(["one two three four five"]), 1_000, axis=0))
    assert len(pairs) <= 2 * 1_000
    _, right = candidate_pairs.unpack_halves(pairs)
    assert set(right.tolist()) == set(range(1, 1_000))


def test_finds_planted_copies_but_no_relatives() -> None:
    """All copies are found (exact, re-titled, edited, or in other furniture), and no article that only quotes."""
    pages = list(planted.copied_pages(1, 40))
    texts = [offsets.content_text(page.text, zones.detect_zones(page.text), SCHEMA.content_kinds)[0] for page in pages]
    candidates = near_duplicates.find_candidates(minhash_signatures(texts))
    pairs = list(near_duplicates.verify_candidates(candidates, lambda row: shingle_set(texts[row])))
    assert all(pages[pair.left].article == pages[pair.right].article for pair in pairs)
    assert {pages[pair.right].how for pair in pairs} == {"exact", "re-titled", "edited", "other furniture"}
    assert len({pair.right for pair in pairs}) == sum(page.how not in ("original", "relative") for page in pages)


def add(root: Path, texts: Sequence[tuple[str, str]], rows: Sequence[str]) -> None:
    """Add articles (id, text) in bulk, and rows of splits.csv."""
    lines = [strict_json.compact({"id": identity, "text": text, "license": "none"}) for identity, text in texts]
    files.write_file(root / "dataset/raw/9_more.jsonl", "\n".join(lines) + "\n")
    path = root / "dataset/splits.csv"
    files.write_file(path, path.read_text(encoding="utf-8") + "".join(f"{row}\n" for row in rows))


def problems(root: Path) -> list[str]:
    """Return the near duplicates across splits as text; signatures are added one by one, in reverse order."""
    data = corpus.load_corpus(root)
    articles = [article for key in reversed(list(data.articles)) if (article := data.articles.get(key))]
    with closing(leak_check.SignatureStore()) as store:
        for article in articles:
            store.take_records([leak_check.signature_records({article["id"]: data.content(article).text})])
        issues = leak_check.near_duplicates_across_splits(data, store)
        return [f"{issue.line} {issue.code} {issue.record}" for issue in issues]


def test_near_duplicates_in_two_splits_are_an_issue(golden: Path) -> None:
    """They are reported at the later row, but not in one split or if one is excluded or can't be read."""
    text = (golden / "dataset/raw/1_00000000000000bb.txt").read_text(encoding="utf-8")
    assert problems(golden) == []
    for split, expected in (("train", []), ("excluded", []), ("test", ["4 near-copy 00000000000000cc"])):
        root = golden.parent / split
        shutil.copytree(golden, root)
        add(root, [("00000000000000cc", text.upper())], [f"00000000000000cc,00000000000000cc,{split}"])
        assert problems(root) == expected
        (root / "dataset/raw/1_00000000000000bb.txt").write_bytes(b"\xff")
        assert problems(root) == []
