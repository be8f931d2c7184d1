"""Same events in other languages: numbers, names, features, and how pairs are compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.stories import (
    article_vectors,
    event_features,
    linkage,
    numbers,
    same_events,
    story_linkage,
    word_features,
)
from pactwire.stories.article_vectors import ArticleVectors
from pactwire.stories.event_features import Feature
from pactwire.stories.known_names import KnownNames, LinkedMention, letter_words
from pactwire.stories.story_linkage import LinkedUnit
from pactwire.text.name_keys import consonant_key
from support import planted

_CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("0123456789.,-/: \u00a0")
_PIECES = st.sampled_from(
    [" 11,000 ", " 24", "19 June ", "le 7 novembre 2024", " 19 червня", "1,5 Millionen", "6月19日", " 31/12/2024 ",
     "Kim Jong Un", " Столтенбергом ", "Stoltenberg", " рф ", "Kim "]
)  # fmt: skip
ANY = st.lists(_PIECES | st.text(_CHARACTERS, max_size=12), max_size=8).map("".join)
"""Any text, mostly with numbers and names."""
FORMS = st.sampled_from(["Kim Jong Un", "Столтенберг", "рф", "Jong", "Kim"]) | st.text(_CHARACTERS, max_size=12)
NOBODY = KnownNames([])


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "plus de 11 000 conteneurs, 24 ans, le 7 novembre 2024", ["11000", "24", "11-07", "2024"]),
        ("bg", "над 11 000 контейнера, 70% и 1,5 милиона на 19 юни", ["11000", "70", "1500000", "06-19"]),
        ("en", "On June 19, 2024 at 10:30 some 11,000 of 1.5 million", ["06-19", "2024", "11000", "1500000"]),
        ("uk", "понад 600 військових, 11 тис. з 19 червня", ["600", "11000", "06-19"]),
        ("de", "am 19. Juni rund 1,5 Millionen und 3 Mrd. Euro, 2.500", ["06-19", "1500000", "3000000000", "2500"]),
        ("ru", "19-го июня 12 тысяч, 1950", ["06-19", "12000", "1950"]),
        ("ru", "19 июня 12 солдат", ["06-19", "12"]),
        ("es", "el 19 de junio, 3.000 soldados", ["06-19", "3000"]),
        ("zh", "6月19日 1.2万", ["06-19", "12000"]),
        ("xx", "2024-06-19, 19.06.2024, 06/19/2024, 5/6/2024", ["06-19", "06-19", "06-19", "06-05"]),
        ("und", "٢٤ 9 v2.14 F16 10:30 31/31/2024 0", ["24"]),
    ],
)
def test_numbers_are_the_same_in_all_languages(language: str, text: str, expected: list[str]) -> None:
    """Digit groups, scales and months are read as each language writes them; small numbers and times are left out."""
    assert [each.value for each in numbers.find_numbers(text, language)] == expected


@given(ANY, st.sampled_from(["en", "fr", "uk", "zh", "und"]))
def test_numbers_are_spans_of_the_text_in_order(text: str, language: str) -> None:
    """In any text, numbers are spans that do not overlap and contain a digit."""
    end = 0
    for each in numbers.find_numbers(text, language):
        assert end <= each.start < each.end <= len(text)
        assert any(map(str.isdigit, text[each.start : each.end]))
        end = each.end


@pytest.mark.parametrize(
    "forms",
    [
        "Stoltenberg Столтенберг Столтенбергом Столтенберга",
        "Putin Poutine Путин путіна Путіним Путину",
        "Lavrov Lawrow Лавров Лавровым Лаврова",
        "Zelensky Selenskyj Зеленський Зеленського",
        "Blinken Блинкън Блінкен",
        "Chekhov Tchekhov Чехов Чехова",
        "Jytomyr Schytomyr Житомир",
    ],
)
def test_forms_of_a_name_have_one_key(forms: str) -> None:
    """A name has one key in all its scripts, spellings and cases."""
    assert len({consonant_key(form) for form in forms.split()}) == 1


def test_short_names_match_only_in_their_own_script() -> None:
    """Kim and Kiev have too few consonants to be told apart without vowels."""
    assert len({consonant_key(word) for word in ("Kim", "kim", "Kam", "Ким", "Ukim")}) == 4


@given(ANY, st.lists(st.tuples(FORMS, st.sampled_from(["Q1", "Q2"])), max_size=4))
def test_known_names_are_found_in_order(text: str, forms: list[tuple[str, str]]) -> None:
    """In any text, mentions of any known names do not overlap and have one of the links."""
    end = 0
    for each in KnownNames(forms).find_mentions(letter_words(text)):
        assert end <= each.start < each.end <= len(text)
        assert each.link in {link for _, link in forms}
        end = each.end


def test_finds_the_longest_known_name_in_any_case() -> None:
    """Words with too few letters for a key must be spelled alike, and a name has a capital."""
    known = KnownNames([("Столтенберг", "Q57665"), ("Kim Jong Un", "Q56226"), ("Jong", "Q1"), ("рф", "Q159")])
    text = "Йенсом Столтенбергом, Kim Jong Un, рф, stoltenberg"
    assert [(each.link, text[each.start : each.end]) for each in known.find_mentions(letter_words(text))] == [
        ("Q57665", "Столтенбергом"), ("Q56226", "Kim Jong Un"), ("Q159", "рф"),
    ]  # fmt: skip


def test_features_are_links_where_known_and_names_elsewhere() -> None:
    """Labeled mentions replace known names; neither days nor words in lower case elsewhere are names."""
    text = "Stoltenberg met Barvedok on 19 June. Trucks came; trucks went: 40."
    expected = {Feature("link", "Q57665"), Feature("name", "brfdk"), Feature("day", "06-19"), Feature("number", "40")}
    known = KnownNames([("Столтенберг", "Q57665")])
    assert set(event_features.extract(text, "en", known)) == expected
    labeled = event_features.extract(text, "en", known, [LinkedMention("Q1", 0, 11)])
    assert set(labeled) == expected - {Feature("link", "Q57665")} | {Feature("link", "Q1")}


def vectors_of(articles: list[tuple[str, str]]) -> ArticleVectors:
    """Return the vectors of articles: texts with their languages."""
    texts, languages = [text for text, _ in articles], [language for _, language in articles]
    codes = [event_features.encode(event_features.extract(text, language, NOBODY)) for text, language in articles]
    return article_vectors.build_vectors(codes, word_features.extract_words(texts, languages), languages)


def find_pairs(vectors: ArticleVectors, least: float = 1) -> list[tuple[int, int]]:
    """Return the pairs with enough evidence that are alike."""
    candidates = same_events.find_candidates(vectors, np.arange(len(vectors.counts)))
    pairs = same_events.alike_pairs(candidates, vectors, least, 1)
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def stories_of(vectors: ArticleVectors, days: list[int] | None = None) -> list[LinkedUnit]:
    """Return where each article belongs, without a registry."""
    rows = len(vectors.counts)
    return story_linkage.link_units(range(rows), [], vectors, np.array(days or [0] * rows, np.int32), 0.8)[0]


SAME = [
    "Stoltenberg and Barvedok spoke of 11,340 containers and 24 ships near Molkorlas on 19 June.",
    "On 19 June Barvedok, with Stoltenberg in Molkorlas, named 11,340 containers.",
    "Barvedok and Stoltenberg were in Molkorlas on 3 May, and nobody came but 17 dogs and 55 cats.",
    "Weather in Brimstone: 21 degrees on 4 April.",
]


def test_shared_rare_numbers_make_one_event_but_shared_names_do_not() -> None:
    """Of three articles on the same people in the same place, those with the same day and number are one event."""
    assert find_pairs(vectors_of([(text, "en") for text in SAME])) == [(0, 1)]


def test_articles_published_too_far_apart_are_one_group_but_no_story() -> None:
    """Days of publication, which may be wrong by years, part stories and not groups; unknown ones change nothing."""
    vectors = vectors_of([(text, "en") for text in SAME])
    for days, is_story in (([100, 107, 0, 0], True), ([100, 108, 0, 0], False), ([100, 0, 0, 0], True)):
        first, second, *_ = stories_of(vectors, days)
        assert (first.story == second.story, first.group == second.group) == (is_story, True)


def test_features_of_all_articles_are_no_evidence() -> None:
    """A feature that all articles have says nothing about two of them."""
    said = "Stoltenberg named 11,340 containers and 24 ships."
    texts = [(f"{said} {word}", "en") for word in ("Barvedok", "Molkorlas", "Brimstone")]
    assert find_pairs(vectors_of(texts[:2])) == [(0, 1)]
    assert find_pairs(vectors_of(texts * 200)) == []


def test_capitalized_nouns_are_no_evidence_in_their_language() -> None:
    """Two German reports share capitalized nouns and a number but no event; in two languages they would share one."""
    nouns = "Die Soldaten fuhren mit Lastwagen und Containern viele Kilometer zum Vertrag."
    texts = [f"{nouns} Es waren {number}." for number in (7000, 7000, *range(110, 180, 10))]
    texts += [f"Nobody came on that day, {number} of them." for number in range(1010, 1410, 10)]
    for second, expected in (("de", []), ("en", [(0, 1)])):
        languages = ["de", *[second] * 8, *["en"] * 40]
        found = find_pairs(vectors_of(list(zip(texts, languages, strict=True))))
        assert [pair for pair in found if pair == (0, 1)] == expected


FIRE = [
    "Fire guts the Waitrose supermarket in Banstead. Surrey firemen fought the blaze in its roof; arson suspected.",
    "Banstead residents were evacuated as flames tore through the roof at Waitrose; Surrey police suspected arson.",
    "Blaze at the Wellington branch of Waitrose. Taunton crews were called at dawn; the Somerset store stays closed.",
    "Waitrose in Wellington, Somerset, stays closed after a fire; crews from Taunton were called at dawn.",
]
"""Two events with the same words, two reports each, without a number or a day."""


def other_news(number: int, language: str = "en") -> list[tuple[str, str]]:
    """Return articles that have only common words in common."""
    common = "the a in at after from as were was is and for police fire called"
    return [
        (" ".join([common, *(f"{chr(97 + at % 26)}word{row}x{at}" for at in range(30))]), language)
        for row in range(number)
    ]


def test_words_tell_sibling_events_apart() -> None:
    """Reports of a fire are one story, those of another fire in another place a second one; both may be one group."""
    linked = stories_of(vectors_of([(text, "en") for text in FIRE] + other_news(60)))
    assert [each.story for each in linked[:4]] == [0, 0, 2, 2]
    assert len({each.group for each in linked[4:]}) == 60


def test_words_of_a_language_with_few_articles_are_no_evidence() -> None:
    """Nobody knows which words are rare in a language with a few articles, or in one of no name."""
    for language in ("xx", "und"):
        linked = stories_of(vectors_of([(text, language) for text in FIRE] + other_news(60)))
        assert [each.story for each in linked[:4]] == [0, 1, 2, 3]
    known = stories_of(vectors_of([(text, "xx") for text in FIRE] + other_news(60, "xx")))
    assert [each.story for each in known[:4]] == [0, 0, 2, 2]


def test_articles_of_a_few_words_have_too_little_evidence() -> None:
    """Two of three words in common make no story, however rare."""
    texts = [("Fire in Banstead", "en"), ("Fire near Banstead", "en"), ("Rain", "en"), ("", "en")]
    assert find_pairs(vectors_of(texts + other_news(60)), 0) == []


def test_characters_without_spaces_count_in_pairs() -> None:
    """Words of Han are two characters; those of a text are found again by their codes."""
    ((codes, _, names),) = word_features.extract_words(["北朝鮮軍 Kim 24"], ["ja"])
    written = word_features.written_words("北朝鮮軍 Kim 24", "ja")
    assert (list(written.values()), names.sum()) == (["北朝", "朝鮮", "鮮軍", "軍", "Kim", "24"], 1)
    assert sorted(written) == codes.tolist()


@given(st.lists(st.tuples(ANY, st.sampled_from(["en", "zh", "und"])), min_size=1, max_size=4))
def test_the_words_of_an_article_depend_on_it_alone(articles: list[tuple[str, str]]) -> None:
    """Batches of any size give the same codes and weights; the codes ascend and are of words."""
    for (text, language), words in zip(
        articles, word_features.extract_words(*zip(*articles, strict=True)), strict=True
    ):
        (alone,) = word_features.extract_words([text], [language])
        assert all(np.array_equal(left, right) for left, right in zip(words, alone, strict=True))
        assert (np.diff(words.codes.astype(np.int64)) > 0).all() and (words.codes & 15 == 15).all()


def test_finds_planted_events() -> None:
    """Half of the pairs on events in six languages are found, sequels included; at most one in twenty is wrong."""
    articles = planted.event_articles(11, 150)
    linked = stories_of(vectors_of([(article.text, article.language) for article in articles]))
    events = np.array([article.story for article in articles])
    same = np.equal.outer(events, events)
    joined = np.equal.outer(stories := np.array([each.story for each in linked]), stories)
    right = np.triu(same & joined, 1).sum()
    assert right >= np.triu(same, 1).sum() / 2
    assert right >= 0.95 * np.triu(joined, 1).sum()
    grouped = np.equal.outer(groups := np.array([each.group for each in linked]), groups)
    assert not (joined & ~grouped).any()


def test_batch_sizes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of any size give the same pairs, as alike."""
    articles = [(article.text, article.language) for article in planted.event_articles(5, 60)]

    def pairs() -> list[list[float]]:
        vectors = vectors_of(articles)
        candidates = same_events.find_candidates(vectors, np.arange(len(vectors.counts)))
        return [column.tolist() for column in same_events.alike_pairs(candidates, vectors, 0.2, 0.5)]

    monkeypatch.setattr(article_vectors, "LEAST_ARTICLES", 20)
    whole = pairs()
    assert whole[0]
    for name, value in (("_ARTICLES", 7), ("_KEYS", 50), ("_PAIRS", 3)):
        monkeypatch.setattr(same_events, name, value)
    monkeypatch.setattr(article_vectors, "_ARTICLES", 7)
    assert pairs() == whole


def test_likeness_is_the_product_of_vectors() -> None:
    """The likeness of a pair is what the linkage computes for two articles, and does not depend on their order."""
    vectors = vectors_of([(article.text, article.language) for article in planted.event_articles(5, 60)])
    left, right = np.triu_indices(30, 1)
    likeness, evidence = same_events.compare(left, right, vectors)
    assert likeness.max() > 1 > likeness.min() >= 0
    for each, (a, b) in zip(likeness, zip(left, right, strict=True), strict=True):
        assert each == pytest.approx(linkage.mean_likeness(vectors.vector(a), 1, vectors.vector(b), 1), abs=1e-5)
    other_likeness, other_evidence = same_events.compare(right, left, vectors)
    assert np.allclose(likeness, other_likeness) and np.allclose(evidence, other_evidence)
