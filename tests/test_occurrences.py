"""Other occurrences of a marked name: which words of a text they are, and what they are suggested as."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.suggest.drafts import Suggester
from pactwire.suggest.lexicon import learn_names
from pactwire.suggest.occurrences import MarkedName, Occurrence, find_occurrences
from pactwire.text import tokens
from test_suggest import LAYER, LINKS

SUGGESTER = Suggester(learn_names([], LINKS, LAYER), LINKS)


def mark(text: str, words: str, label: str = "PER", nth: int = 0) -> MarkedName:
    """Return the label of words in a text, at their nth occurrence."""
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    return MarkedName(at, at + len(words), label)


def found(text: str, marked: MarkedName, language: str, labeled: Sequence[MarkedName] = ()) -> list[Occurrence]:
    """Return the other occurrences in a text of one block."""
    return find_occurrences(text, [(0, len(text))], language, marked, SUGGESTER, labeled)


@pytest.mark.parametrize(
    ("language", "words", "text", "others"),
    [
        ("en", "Evel Knievel", "Evel Knievel and E. Knievel. Evel Knievel, Knievels", ["Evel Knievel"]),
        ("en", "CA", "CA, CAN, Ca, ca and CA: CA2", ["CA"]),
        ("en", "Apple", "Left Apple.\n\nAn apple.\nApple said to Apple's Pineapple, AppleTV", ["Apple", "Apple"]),
        ("en", "Rutte", "Rutte said.\nRutte\nRuttes, rutte! »Rutte«", ["Rutte", "Rutte"]),
        ("en", "Jan Li", "Jan Li came. So did Jan\nLi, Jan  Li. Jan\n\nLi, Jan Lis, Jan", ["Jan\nLi", "Jan  Li"]),
        ("de", "Rutte", "Rutte kam. Ruttes Rede, Ruttemann", ["Ruttes"]),
        ("ru", "Путина", "Путин и Путина. Владимир Путиным, Распутин", ["Путин", "Путиным"]),
        ("uk", "Київ", "Київ. До Києва, у Києві; кияни", ["Києва", "Києві"]),
        ("uk", "Марк Рютте", "Марк Рютте. Марка Рютте й Марком Рютте", ["Марка Рютте", "Марком Рютте"]),
        ("zh", "普京", "普京说，俄罗斯总统普京访问朝鲜。普京在平壤。", ["普京", "普京"]),
        ("zh", "NATO", "NATO总部，在NATO会议。NATOs", ["NATO"]),
        ("ja", "プーチン", "プーチン大統領は、プーチンと。プーチンスキー、スプーチン", ["プーチン"]),
        ("ja", "朝鮮", "朝鮮の朝鮮人民軍", ["朝鮮"]),
        ("ko", "김정은", "김정은은 말했다. 김정은이 러시아를. 김정은주의, 친김정은, 김정은에게서도", ["김정은"]),
        ("ko", "NATO", "NATO는 NATO의 NATO군은", ["NATO"]),
        ("th", "ปูติน", "ปูตินเยือนเกาหลีเหนือ ปูตินกล่าว ปูตินา", ["ปูติน", "ปูติน"]),
        ("ar", "بوتين", "بوتين قال. زار بوتين موسكو، بوتينا", ["بوتين"]),
        ("hi", "राम", "राम ने कहा। राम, रामायण, रामे", ["राम"]),
    ],
)
def test_finds_the_same_words_and_their_forms(language: str, words: str, text: str, others: list[str]) -> None:
    """They are whole words, on any line, with the capitals of the name; the marked ones are not among them."""
    marked = mark(text, words)
    assert [text[each.start : each.end] for each in found(text, marked, language)] == others
    assert marked[:2] not in [(each.start, each.end) for each in found(text, marked, language)]


def test_gives_form_and_link() -> None:
    """They are those of the table of links where the name is there; an adjective has its own form."""
    text = "Росія сказала. Про Росію й російські ракети, Росію"
    readings = [
        (text[each.start : each.end], *each.reading[:3]) for each in found(text, mark(text, "Росія", "GPE"), "uk")
    ]
    assert readings == [
        ("Росію", "GPE", "name", "Q159"), ("російські", "GPE", "adjective", "Q159"), ("Росію", "GPE", "name", "Q159"),
    ]  # fmt: skip
    text = "The Russian army and Russian forces of Russia"
    [other] = found(text, mark(text, "Russian", "GPE"), "en")
    assert other.reading[:3] == ("GPE", "adjective", "Q159")
    assert found(text, mark(text, "Russian", "ORG"), "en")[0].reading[:3] == ("ORG", "name", None)


def test_takes_over_what_is_chosen() -> None:
    """A chosen link comes first, then the one that all labels of the name have, then that of the table."""
    text = "Kim, Kim, Kim, Kim; Egypt, Egypt"
    first, second, third = (mark(text, "Kim", nth=number) for number in range(3))
    assert {each.reading.link for each in found(text, first, "en")} == {None}
    assert {each.reading.link for each in found(text, first._replace(link="Q1"), "en")} == {"Q1"}
    assert {each.reading.link for each in found(text, first, "en", [second._replace(link="Q2")])} == {"Q2"}
    assert {each.reading.link for each in found(text, first, "en", [second._replace(link="Q2", label="ORG")])} == {None}
    twice = [second._replace(link="Q2"), third._replace(link="Q3")]
    assert {each.reading.link for each in found(text, first, "en", twice)} == {None}
    [egypt] = found(text, mark(text, "Egypt", "GPE"), "en")
    assert egypt.reading.link == "Q79"
    [egypt] = found(text, mark(text, "Egypt", "GPE")._replace(form="adjective"), "en")
    assert egypt.reading[:3] == ("GPE", "adjective", "Q79")


def test_leaves_out_what_is_labeled_or_longer() -> None:
    """Nothing overlaps a label of any class, or is part of a longer known name or of one that goes on."""
    text = "Rutte. So Mark Rutte met Rutte, Rutte and Rutte Junior; Rutte"
    marked = mark(text, "Rutte")
    taken = [mark(text, "met Rutte", "ORG")]
    assert [each.start for each in found(text, marked, "en", taken)] == [
        text.index(", Rutte") + 2,
        text.index("; Rutte") + 2,
    ]


def test_lies_within_one_block() -> None:
    """No occurrence crosses from one block into another, and none lies outside of all."""
    text = "Jan Li. Jan Li Jan Li"
    marked = mark(text, "Jan Li")
    blocks = [(0, 11), (12, 14), (15, len(text))]
    assert [(each.start, each.end) for each in find_occurrences(text, blocks, "en", marked, SUGGESTER)] == [(15, 21)]


def test_marks_without_words_have_no_others() -> None:
    """White space alone is no name."""
    assert found("a   b   c", MarkedName(1, 2, "PER"), "en") == []


WORDS = st.sampled_from(
    ["Rutte", "Путин", "普京", "김정은", "は", "은", "s", " ", "\n", ",", "-", "'", "é", "\u0301", "👩‍👩‍👧", "Mark"]
)


@given(st.lists(WORDS, min_size=1, max_size=30).map("".join), st.data())
def test_occurrences_are_sound(text: str, data: st.DataObject) -> None:
    """They are in order, overlap nothing, have no white space at their edges, and split no Latin or Cyrillic word."""
    spans = [(token["start"], token["end"]) for token in tokens.tokenize(text)]
    if not spans:
        return
    start, end = data.draw(st.sampled_from(spans))
    free = 0
    for each in found(text, MarkedName(start, end, "PER"), data.draw(st.sampled_from(["en", "ru", "ko", "zh"]))):
        words = text[each.start : each.end]
        assert words == words.strip() and words
        assert free <= each.start and not (each.start < end and start < each.end)
        free = each.end
        for outside in text[each.start - 1 : each.start] + text[each.end : each.end + 1]:
            assert not (outside.isascii() and outside.isalpha() and words[-1].isascii() and words[0].isascii())
