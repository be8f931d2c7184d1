"""Same events in other languages: numbers, names, features, and how pairs are compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.stories import candidate_pairs, event_features, numbers, same_events
from pactwire.stories.event_features import Feature
from pactwire.stories.known_names import KnownNames, LinkedMention, letter_words
from pactwire.stories.same_events import FeatureArrays, SameEvent
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


def feature_arrays(texts: list[str], days: list[int] | None = None) -> FeatureArrays:
    """Return the features of English texts."""
    codes = [event_features.encode(event_features.extract(text, "en", NOBODY)) for text in texts]
    return same_events.gather_features(codes, ["en"] * len(texts), days or [0] * len(texts))


def article_features(articles: list[planted.EventArticle]) -> FeatureArrays:
    """Return the features of invented articles."""
    codes = [
        event_features.encode(event_features.extract(article.text, article.language, NOBODY)) for article in articles
    ]
    return same_events.gather_features(codes, [article.language for article in articles], [0] * len(articles))


def find_events(features: FeatureArrays) -> list[SameEvent]:
    """Return the pairs on the same event."""
    frequencies = same_events.count_frequencies(features)
    candidates = same_events.find_candidates(features, frequencies)
    return list(same_events.same_event_pairs(candidates, features, frequencies))


SAME = [
    "Stoltenberg and Barvedok spoke of 11,340 containers and 24 ships near Molkorlas on 19 June.",
    "On 19 June Barvedok, with Stoltenberg in Molkorlas, named 11,340 containers.",
    "Barvedok and Stoltenberg were in Molkorlas on 3 May, and nobody came but 17 dogs and 55 cats.",
    "Weather in Brimstone: 21 degrees on 4 April.",
]


def test_shared_rare_numbers_make_one_event_but_shared_names_do_not() -> None:
    """Of three articles on the same people in the same place, those with the same day and number are one event."""
    assert [(each.left, each.right) for each in find_events(feature_arrays(SAME))] == [(0, 1)]


def test_articles_published_too_far_apart_are_not_one_event() -> None:
    """Days of publication outweigh everything else; if one is unknown, nothing changes."""
    for days, expected in (([100, 107, 0, 0], 1), ([100, 108, 0, 0], 0), ([100, 0, 0, 0], 1)):
        assert len(find_events(feature_arrays(SAME, days))) == expected


def test_features_of_all_articles_are_no_evidence() -> None:
    """A feature that all articles have says nothing about two of them."""
    said = "Stoltenberg named 11,340 containers and 24 ships."
    texts = [f"{said} {word}" for word in ("Barvedok", "Molkorlas", "Brimstone")]
    assert len(find_events(feature_arrays(texts[:2]))) == 1
    assert find_events(feature_arrays(texts * 10)) == []


def test_capitalized_nouns_are_no_evidence_in_their_language() -> None:
    """Two German reports share capitalized nouns and a number but no event; in two languages they would share one."""
    nouns = "Die Soldaten fuhren mit Lastwagen und Containern viele Kilometer zum Vertrag."
    texts = [f"{nouns} Es waren {number}." for number in (7000, 7000, *range(110, 180, 10))]
    texts += [f"Nobody came on that day, {number} of them." for number in range(1010, 1410, 10)]
    codes = [event_features.encode(event_features.extract(text, "en", NOBODY)) for text in texts]
    for second, expected in (("de", 0), ("en", 1)):
        languages = ["de", *[second] * 8, *["en"] * 40]
        assert len(find_events(same_events.gather_features(codes, languages, [0] * len(codes)))) == expected


def test_finds_planted_events() -> None:
    """Half of the pairs on events in six languages are found, sequels included; at most one in twenty is wrong."""
    articles = planted.event_articles(11, 150)
    features = article_features(articles)
    right = sum(articles[pair.left].story == articles[pair.right].story for pair in find_events(features))
    stories = [article.story for article in articles]
    pairs = sum(count * (count - 1) // 2 for count in np.bincount(stories))
    assert right >= pairs / 2
    assert right >= 0.95 * len(find_events(features))


def test_batch_sizes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of any size give the same pairs with the same probabilities."""
    articles = planted.event_articles(5, 60)
    features = article_features(articles)
    whole = find_events(features)
    assert whole
    for name, value in (("_ARTICLES", 7), ("_KEYS", 50), ("_PAIRS", 3)):
        monkeypatch.setattr(same_events, name, value)
    assert find_events(features) == whole


def test_candidates_share_two_features() -> None:
    """Every candidate pair shares at least two features, so none is compared in vain."""
    articles = planted.event_articles(5, 60)
    features = article_features(articles)
    sets = np.split(features.codes, features.bounds[1:-1])
    left, right = candidate_pairs.unpack_halves(
        same_events.find_candidates(features, same_events.count_frequencies(features))
    )
    assert all(len(np.intersect1d(sets[a], sets[b])) >= 2 for a, b in zip(left, right, strict=True))
    assert len(left) < len(articles) * 20
