"""Same events in other languages: figures, names, clues, and how pairs are weighed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.model.records import Entity
from pactwire.stories import candidate_pairs, event_features, events, numbers
from pactwire.stories.event_features import Feature
from pactwire.stories.events import FeatureArrays, SameEvent
from pactwire.stories.known_names import KnownNames, letter_words
from pactwire.text.name_keys import consonant_key
from support import planted

_SIGNS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("0123456789.,-/: \u00a0")
_PIECES = st.sampled_from(
    [" 11,000 ", " 24", "19 June ", "le 7 novembre 2024", " 19 червня", "1,5 Millionen", "6月19日", " 31/12/2024 ",
     "Kim Jong Un", " Столтенбергом ", "Stoltenberg", " рф ", "Kim "]
)  # fmt: skip
ANY = st.lists(_PIECES | st.text(_SIGNS, max_size=12), max_size=8).map("".join)
"""Any text, mostly with figures and names in it."""
FORMS = st.sampled_from(["Kim Jong Un", "Столтенберг", "рф", "Jong", "Kim"]) | st.text(_SIGNS, max_size=12)
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
def test_figures_are_the_same_in_all_languages(language: str, text: str, expected: list[str]) -> None:
    """Groups of digits, scales and months are read as each language writes them; small numbers and times are not."""
    assert [each.value for each in numbers.find_numbers(text, language)] == expected


@given(ANY, st.sampled_from(["en", "fr", "uk", "zh", "und"]))
def test_figures_of_any_text_stand_in_it_in_order(text: str, language: str) -> None:
    """Whatever the text, figures are spans of it that do not overlap and hold a digit."""
    end = 0
    for each in numbers.find_numbers(text, language):
        assert end <= each.start < each.end <= len(text)
        assert any(sign.isdigit() for sign in text[each.start : each.end])
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
    """Scripts, spellings and cases of a name meet under one key."""
    assert len({consonant_key(form) for form in forms.split()}) == 1


def test_names_too_short_for_a_key_meet_in_their_own_script_only() -> None:
    """Kim and Kiev have too few consonants to be told apart without vowels."""
    assert len({consonant_key(word) for word in ("Kim", "kim", "Kam", "Ким", "Ukim")}) == 4


@given(ANY, st.lists(st.tuples(FORMS, st.sampled_from(["Q1", "Q2"])), max_size=4))
def test_known_names_are_found_in_order(text: str, forms: list[tuple[str, str]]) -> None:
    """Whatever the text and the forms, what is found does not overlap, and has one of the links."""
    end = 0
    for each in KnownNames(forms).find_mentions(letter_words(text)):
        assert end <= each.start < each.end <= len(text)
        assert each.link in {link for _, link in forms}
        end = each.end


def test_the_longer_known_name_is_found_in_other_cases() -> None:
    """Words with too few letters for a key must be written alike, and a name has a large letter."""
    known = KnownNames([("Столтенберг", "Q57665"), ("Kim Jong Un", "Q56226"), ("Jong", "Q1"), ("рф", "Q159")])
    text = "Йенсом Столтенбергом, Kim Jong Un, рф, stoltenberg"
    assert [(each.link, text[each.start : each.end]) for each in known.find_mentions(letter_words(text))] == [
        ("Q57665", "Столтенбергом"), ("Q56226", "Kim Jong Un"), ("Q159", "рф"),
    ]  # fmt: skip


def test_clues_are_links_where_they_are_known_and_names_elsewhere() -> None:
    """Labelled mentions stand for the known names; days are no names, nor are words that are small elsewhere."""
    text = "Stoltenberg met Barvedok on 19 June. Trucks came; trucks went: 40."
    expected = {Feature("link", "Q57665"), Feature("name", "brfdk"), Feature("day", "06-19"), Feature("number", "40")}
    known = KnownNames([("Столтенберг", "Q57665")])
    assert set(event_features.extract(text, "en", known)) == expected
    mention = Entity(
        id="e1", start=0, end=11, text="Stoltenberg", type="PER", form="name", link="Q1", metonym_of=None, by=["a"]
    )
    labelled = event_features.extract(text, "en", known, [mention])
    assert set(labelled) == expected - {Feature("link", "Q57665")} | {Feature("link", "Q1")}


def arrays(texts: list[str], days: list[int] | None = None) -> FeatureArrays:
    """Return the clues of English texts."""
    found = [event_features.encode(event_features.extract(text, "en", NOBODY)) for text in texts]
    return events.gather_features(found, ["en"] * len(texts), days or [0] * len(texts))


def of_told(told: list[planted.Told]) -> FeatureArrays:
    """Return the clues of invented articles."""
    codes = [event_features.encode(event_features.extract(each.text, each.language, NOBODY)) for each in told]
    return events.gather_features(codes, [each.language for each in told], [0] * len(told))


def found(made: FeatureArrays) -> list[SameEvent]:
    """Return the pairs that are of one event."""
    counts = events.count_frequencies(made)
    return list(events.same_event_pairs(events.find_candidates(made, counts), made, counts))


SAME = [
    "Stoltenberg and Barvedok spoke of 11,340 containers and 24 ships near Molkorlas on 19 June.",
    "On 19 June Barvedok, with Stoltenberg in Molkorlas, named 11,340 containers.",
    "Barvedok and Stoltenberg were in Molkorlas on 3 May, and nobody came but 17 dogs and 55 cats.",
    "Weather in Brimstone: 21 degrees on 4 April.",
]


def test_articles_that_share_rare_numbers_are_one_event_and_those_that_share_names_are_not() -> None:
    """Two of three articles of the same people in the same place are one event: those of one day and number."""
    assert [(each.left, each.right) for each in found(arrays(SAME))] == [(0, 1)]


def test_articles_published_too_far_apart_are_no_event() -> None:
    """What both say of when they were published outweighs the rest; where one says nothing, nothing changes."""
    for days, expected in (([100, 107, 0, 0], 1), ([100, 108, 0, 0], 0), ([100, 0, 0, 0], 1)):
        assert len(found(arrays(SAME, days))) == expected


def test_what_everybody_shares_weighs_nothing() -> None:
    """A clue that all articles hold says nothing of two of them."""
    said = "Stoltenberg named 11,340 containers and 24 ships."
    texts = [f"{said} {word}" for word in ("Barvedok", "Molkorlas", "Brimstone")]
    assert len(found(arrays(texts[:2]))) == 1
    assert found(arrays(texts * 10)) == []


def test_the_nouns_of_a_language_are_no_evidence_in_it() -> None:
    """German writes nouns large: two reports with one number are no event, but would be in two languages."""
    nouns = "Die Soldaten fuhren mit Lastwagen und Containern viele Kilometer zum Vertrag."
    texts = [f"{nouns} Es waren {number}." for number in (7000, 7000, *range(110, 180, 10))]
    texts += [f"Nobody came on that day, {number} of them." for number in range(1010, 1410, 10)]
    codes = [event_features.encode(event_features.extract(text, "en", NOBODY)) for text in texts]
    for second, expected in (("de", 0), ("en", 1)):
        languages = ["de", *[second] * 8, *["en"] * 40]
        assert len(found(events.gather_features(codes, languages, [0] * len(codes)))) == expected


def test_planted_events_are_found_and_kept_apart() -> None:
    """Events in six languages, sequels among them: half of the pairs at least, and one in twenty wrong at most."""
    told = planted.told(11, 150)
    made = of_told(told)
    right = sum(told[each.left].story == told[each.right].story for each in found(made))
    stories = [each.story for each in told]
    pairs = sum(count * (count - 1) // 2 for count in np.bincount(stories))
    assert right >= pairs / 2
    assert right >= 0.95 * len(found(made))


def test_how_much_is_worked_on_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of any size give the same pairs with the same probabilities."""
    told = planted.told(5, 60)
    made = of_told(told)
    whole = found(made)
    assert whole
    for name, value in (("_ARTICLES", 7), ("_KEYS", 50), ("_PAIRS", 3)):
        monkeypatch.setattr(events, name, value)
    assert found(made) == whole


def test_pairs_to_weigh_share_two_clues() -> None:
    """No pair is weighed that shares less than two clues, so that none is weighed in vain."""
    told = planted.told(5, 60)
    made = of_told(told)
    sets = np.split(made.codes, made.bounds[1:-1])
    left, right = candidate_pairs.unpack_halves(events.find_candidates(made, events.count_frequencies(made)))
    assert all(len(np.intersect1d(sets[a], sets[b])) >= 2 for a, b in zip(left, right, strict=True))
    assert len(left) < len(told) * 20
