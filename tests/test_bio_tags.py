"""Tokens and tags: nothing visible in no token, no mention left out uncounted, whatever stands in the batch."""

from collections import Counter
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from pactwire.model.records import Entity
from pactwire.text import bio_tags, codepoints, tokens
from pactwire.text.sentences import sentence_spans
from support.counting import Counted

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t"), max_size=60)
TRICKY = st.text(st.sampled_from("ab1'’ʼбЄ҂\u0301\u0484\u20dd _\t-.😀\u200d👍🏽éا漢"), max_size=30)
MENTIONS = pa.list_(pa.struct({"start": pa.int32(), "end": pa.int32(), "type": pa.string()}))
EXPRESSION = regex.compile(tokens.TOKEN, regex.VERSION1)


def entity(start: int, end: int, text: str, kind: str = "PER") -> Entity:
    """A mention of a text."""
    return Entity(
        id=f"e{start}-{end}", start=start, end=end, text=text[start:end], type=kind, form="name",
        link=None, metonym_of=None, by=["x"],
    )  # fmt: skip


@given(
    st.text(st.sampled_from("ABb .!?\n\x85\xa0\u1680\u2009\u2028\u202f\u3000é😀"), max_size=30),
    st.sampled_from(["en", "fr", "uk", "und"]),
)
@example("Plan A\u00a0. Then we left.", "fr")
def test_sentences_hold_all_but_white_space(text: str, language: str) -> None:
    """Whatever blanks stand in a text, of some of which sentencex panics."""
    spans = sentence_spans(text, language)
    position = 0
    for start, end in spans:
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


@given(TEXT)
def test_tokens_hold_all_but_white_space(text: str) -> None:
    """Tokens are slices in order, and what lies between them is white space or joins to nothing visible."""
    position = 0
    for token in tokens.tokenize(text):
        assert text[token["start"] : token["end"]] == token["text"] != ""
        assert not text[position : token["start"]].strip() or all(
            not tokens.tokenize(sign) for sign in text[position : token["start"]].strip()
        )
        position = token["end"]


def test_tokens_part_where_names_begin() -> None:
    """Hyphens and Latin apostrophes part words, apostrophes inside Cyrillic words don't, marks stay with letters."""
    found = [token["text"] for token in tokens.tokenize("L'OTAN nord-coréen об’єднувати e\u0301tat 😀👍🏽, 70%")]
    assert found == [
        "L",
        "'",
        "OTAN",
        "nord",
        "-",
        "coréen",
        "об’єднувати",
        "e\u0301tat",
        "😀",
        "👍",
        "🏽",
        ",",
        "70",
        "%",
    ]


@given(TEXT | TRICKY)
@example("а'\u0484")
@example("!\u0301а'б")
@example("")
def test_tokens_are_those_of_the_regular_expression(text: str) -> None:
    """What is found everywhere at once is what TOKEN finds one after the other."""
    found = [(each.start(), each.end(), each[0]) for each in EXPRESSION.finditer(text)]
    assert [(token["start"], token["end"], token["text"]) for token in tokens.tokenize(text)] == found


@st.composite
def lines(draw: st.DrawFn) -> list[tuple[str, list[Entity]]]:
    """Lines with mentions that may be nested and cross each other."""
    found = []
    for text in draw(st.lists(TEXT | TRICKY, min_size=1, max_size=4)):
        mentions = []
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, len(text)))
            if text[start:end].strip() == text[start:end] != "":
                mentions.append(entity(start, end, text, draw(st.sampled_from(["PER", "LOC"]))))
        found.append((text, sorted(mentions, key=lambda each: each["start"])))
    return found


def columns(found: list[tuple[str, list[Entity]]], losses: Counter[str]) -> list[dict[str, Any]]:
    """The columns of lines as rows, tags by their names."""
    made = bio_tags.token_columns(
        [text for text, _ in found], pa.array([mentions for _, mentions in found], MENTIONS), losses
    )
    rows = [
        dict(zip(made, row, strict=True)) for row in zip(*(each.to_pylist() for each in made.values()), strict=True)
    ]
    names = bio_tags.tag_names()
    return [{**row, "ner_tags": [names[tag] for tag in row["ner_tags"]]} for row in rows]


@given(lines())
def test_columns_hold_the_tokens_of_each_line(found: list[tuple[str, list[Entity]]]) -> None:
    """Each line has its own tokens, offsets and tags, as many of each, whatever stands beside it."""
    rows = columns(found, Counter())
    assert len(rows) == len(found)
    for (text, _), row in zip(found, rows, strict=True):
        words = tokens.tokenize(text)
        assert row["tokens"] == [token["text"] for token in words]
        assert row["token_offsets"] == [{"start": token["start"], "end": token["end"]} for token in words]
        assert len(row["ner_tags"]) == len(words)


@given(lines())
def test_tags_agree_with_the_outermost_mentions(found: list[tuple[str, list[Entity]]]) -> None:
    """Every token of an outermost mention is tagged, no other is, and what is left out is counted."""
    losses: Counter[str] = Counter()
    begun = outer = 0
    for (_, mentions), row in zip(found, columns(found, losses), strict=True):
        kept = bio_tags.outermost(mentions)
        spans = row["token_offsets"]
        covered = [any(t["start"] < span["end"] and span["start"] < t["end"] for span in kept) for t in spans]
        assert [tag != "O" for tag in row["ner_tags"]] == covered
        begun += sum(tag.startswith("B-") for tag in row["ner_tags"])
        outer += len(kept)
    assert begun == outer - losses["mentions_in_one_token"]
    assert losses["mentions_nested"] == sum(len(mentions) for _, mentions in found) - outer


def test_tags_of_nested_and_crossing_mentions() -> None:
    """The outermost mention wins, of crossing ones the longer; a token covered in part is tagged."""
    text = "Security Council of the UN in New York"
    mentions = [
        entity(0, 26, text, "ORG"),
        entity(17, 29, text, "LOC"),
        entity(24, 26, text, "ORG"),
        entity(30, 35, text, "GPE"),
    ]
    losses: Counter[str] = Counter()
    [row] = columns([(text, mentions)], losses)
    assert row["ner_tags"] == ["B-ORG", "I-ORG", "I-ORG", "I-ORG", "I-ORG", "O", "B-GPE", "I-GPE"]
    assert losses["mentions_nested"] == 2


def test_two_mentions_in_one_token() -> None:
    """A token that two mentions share is the first one's, and the other is counted."""
    text = "PutinKim met Kim"
    losses: Counter[str] = Counter()
    found = [(text, [entity(0, 5, text, "PER"), entity(5, 8, text, "PER"), entity(13, 16, text, "PER")])]
    assert [row["ner_tags"] for row in columns(found, losses)] == [["B-PER", "O", "B-PER"]]
    assert losses["mentions_in_one_token"] == 1


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=12))
def test_outermost_mentions_are_those_that_no_longer_one_touches(drawn: list[tuple[int, int]]) -> None:
    """The longest mention is kept, of equally long ones the first, then the longest of those that it does not touch."""
    text = "x" * 30
    mentions = [entity(start, start + length, text, "PER") for start, length in sorted(drawn, key=itemgetter(0))]
    left, kept = list(mentions), []
    while left:
        longest = max(left, key=lambda each: each["end"] - each["start"])
        kept.append(longest)
        left = [each for each in left if each["end"] <= longest["start"] or longest["end"] <= each["start"]]
    assert bio_tags.outermost(mentions) == sorted(kept, key=itemgetter("start"))


def test_mentions_that_cross_are_not_each_compared_with_all() -> None:
    """A chain of 2,000 crossing mentions takes some dozen comparisons each, not a thousand."""
    mentions: Any = [{"start": Counted(2 * at), "end": Counted(2 * at + 3)} for at in range(2000)]
    Counted.comparisons = 0
    assert len(bio_tags.outermost(mentions)) == 1000
    assert 0 < Counted.comparisons < 50 * len(mentions)


def test_mentions_inside_a_long_one_are_left_out_though_they_touch_no_other() -> None:
    """The long one is in the way of each that begins before its end, whatever ended in between."""
    assert bio_tags._outermost_in_arrays(np.array([0, 2, 5, 10]), np.array([10, 4, 8, 12])).tolist() == [0, 3]


def test_tokens_have_characters_of_every_size() -> None:
    """One to four bytes of UTF-8, to the first and the last of each size."""
    signs_of_all = "a\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff"
    at = np.arange(len(signs_of_all))
    assert bio_tags._slice_strings(codepoints.from_text(signs_of_all), at, at + 1).to_pylist() == list(signs_of_all)
