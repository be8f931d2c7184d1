"""Tokens, sentences and BIO tags: all visible text is in a token, and every mention left out is counted."""

from collections import Counter
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from pactwire.text import bio_tags, codepoints, tokens
from pactwire.text.sentences import sentence_spans
from support.counting import Counted

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t"), max_size=60)
TRICKY = st.text(st.sampled_from("ab1'’ʼбЄ҂\u0301\u0484\u20dd _\t-.😀\u200d👍🏽éا漢"), max_size=30)
TYPES = ["PER", "ORG", "GPE", "LOC"]
MENTIONS = pa.list_(pa.struct({"start": pa.int32(), "end": pa.int32(), "type": pa.string()}))
EXPRESSION = regex.compile(tokens.TOKEN, regex.VERSION1)


def entity(start: int, end: int, text: str, kind: str = "PER") -> Any:
    """Return a mention of a text."""
    return dict(
        id=f"e{start}-{end}", start=start, end=end, text=text[start:end], type=kind, form="name",
        link=None, metonym_of=None, by=["x"],
    )  # fmt: skip


@given(
    st.text(st.sampled_from("ABb .!?\n\x85\xa0\u1680\u2009\u2028\u202f\u3000é😀"), max_size=30),
    st.sampled_from(["en", "fr", "uk", "und"]),
)
@example("Plan A\u00a0. Then we left.", "fr")
def test_sentences_cover_all_but_white_space(text: str, language: str) -> None:
    """Sentences are sorted, trimmed, and miss only white space, also with blanks on which sentencex panics."""
    spans = sentence_spans(text, language)
    position = 0
    for start, end in spans:
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


@given(TEXT)
def test_tokens_cover_all_but_white_space(text: str) -> None:
    """Tokens are slices in order, and between them there is only white space or characters that are no token."""
    position = 0
    for token in tokens.tokenize(text):
        assert text[token["start"] : token["end"]] == token["text"] != ""
        assert not text[position : token["start"]].strip() or all(
            not tokens.tokenize(character) for character in text[position : token["start"]].strip()
        )
        position = token["end"]


def test_splits_words_where_names_start() -> None:
    """Hyphens and Latin apostrophes split words, apostrophes inside Cyrillic words do not; marks stay with letters."""
    words = [token["text"] for token in tokens.tokenize("L'OTAN nord-coréen об’єднувати e\u0301tat 😀👍🏽, 70%")]
    assert words == [
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
def test_tokens_are_the_matches_of_the_regular_expression(text: str) -> None:
    """The tokens found at once are those that TOKEN matches one after the other."""
    matches = [(match.start(), match.end(), match[0]) for match in EXPRESSION.finditer(text)]
    assert [(token["start"], token["end"], token["text"]) for token in tokens.tokenize(text)] == matches


@st.composite
def lines(draw: st.DrawFn) -> list[tuple[str, list[Any]]]:
    """Draw lines with mentions, which may be nested or cross each other."""
    drawn = []
    for text in draw(st.lists(TEXT | TRICKY, min_size=1, max_size=4)):
        mentions = []
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, len(text)))
            if text[start:end].strip() == text[start:end] != "":
                mentions.append(entity(start, end, text, draw(st.sampled_from(["PER", "LOC"]))))
        drawn.append((text, sorted(mentions, key=itemgetter("start"))))
    return drawn


def columns(drawn: list[tuple[str, list[Any]]], losses: Counter[str]) -> list[dict[str, Any]]:
    """Return the columns of lines as rows, with the names of tags."""
    arrays = bio_tags.token_columns(
        [text for text, _ in drawn], pa.array([mentions for _, mentions in drawn], MENTIONS), "type", TYPES, losses
    )
    values = zip(*(array.to_pylist() for array in arrays.values()), strict=True)
    rows = [dict(zip(arrays, row, strict=True)) for row in values]
    names = bio_tags.tag_names(TYPES)
    return [{**row, "ner_tags": [names[tag] for tag in row["ner_tags"]]} for row in rows]


@given(lines())
def test_columns_have_the_tokens_of_each_line(drawn: list[tuple[str, list[Any]]]) -> None:
    """Each line has its own tokens, offsets and tags, the same number of each, whatever lines are beside it."""
    rows = columns(drawn, Counter())
    assert len(rows) == len(drawn)
    for (text, _), row in zip(drawn, rows, strict=True):
        words = tokens.tokenize(text)
        assert row["tokens"] == [token["text"] for token in words]
        assert row["token_offsets"] == [{"start": token["start"], "end": token["end"]} for token in words]
        assert len(row["ner_tags"]) == len(words)


@given(lines())
def test_tags_match_the_outermost_mentions(drawn: list[tuple[str, list[Any]]]) -> None:
    """Exactly the tokens of outermost mentions are tagged, and mentions left out are counted."""
    losses: Counter[str] = Counter()
    begun = outer = 0
    for (_, mentions), row in zip(drawn, columns(drawn, losses), strict=True):
        kept = bio_tags.outermost(mentions)
        spans = row["token_offsets"]
        covered = [any(t["start"] < span["end"] and span["start"] < t["end"] for span in kept) for t in spans]
        assert [tag != "O" for tag in row["ner_tags"]] == covered
        begun += sum(tag.startswith("B-") for tag in row["ner_tags"])
        outer += len(kept)
    assert begun == outer - losses["mentions_in_one_token"]
    assert losses["mentions_nested"] == sum(len(mentions) for _, mentions in drawn) - outer


def test_tags_the_outermost_of_nested_and_crossing_mentions() -> None:
    """The outermost mention wins, and of crossing ones the longer; a partly covered token is tagged."""
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


def test_gives_a_shared_token_to_the_first_mention() -> None:
    """A token that two mentions share belongs to the first, and the other is counted."""
    text = "PutinKim met Kim"
    losses: Counter[str] = Counter()
    line = (text, [entity(0, 5, text, "PER"), entity(5, 8, text, "PER"), entity(13, 16, text, "PER")])
    assert [row["ner_tags"] for row in columns([line], losses)] == [["B-PER", "O", "B-PER"]]
    assert losses["mentions_in_one_token"] == 1


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=12))
def test_outermost_keeps_the_longest_mention_first(drawn: list[tuple[int, int]]) -> None:
    """The longest mention is kept (of equals the first), then the longest of those it does not overlap, and so on."""
    text = "x" * 30
    mentions = [entity(start, start + length, text, "PER") for start, length in sorted(drawn, key=itemgetter(0))]
    left, kept = list(mentions), []
    while left:
        longest = max(left, key=lambda span: span["end"] - span["start"])
        kept.append(longest)
        left = [span for span in left if span["end"] <= longest["start"] or longest["end"] <= span["start"]]
    assert bio_tags.outermost(mentions) == sorted(kept, key=itemgetter("start"))


def test_crossing_mentions_are_not_compared_pairwise() -> None:
    """A chain of 2,000 crossing mentions takes a few dozen comparisons each, not a thousand."""
    mentions: Any = [{"start": Counted(2 * at), "end": Counted(2 * at + 3)} for at in range(2000)]
    Counted.comparisons = 0
    assert len(bio_tags.outermost(mentions)) == 1000
    assert 0 < Counted.comparisons < 50 * len(mentions)


def test_leaves_out_all_mentions_inside_a_long_one() -> None:
    """A mention that starts before the end of a longer one is left out, whatever ended in between."""
    assert bio_tags._outermost_in_arrays(np.array([0, 2, 5, 10]), np.array([10, 4, 8, 12])).tolist() == [0, 3]


def test_slices_characters_of_every_utf8_length() -> None:
    """Strings come out right for the first and the last character of one to four bytes."""
    characters = "a\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff"
    at = np.arange(len(characters))
    assert bio_tags._slice_strings(codepoints.from_text(characters), at, at + 1).to_pylist() == list(characters)
