"""A seed to invented news: events told in several languages, and copies of articles, with the truth of both.

Nothing in it is real but the presidents and countries that every article names. Events have their own people,
places, numbers and day; half of the people and places turn up in other events too, a third of the events are
sequels (the same people in the same place, another day and other numbers), and each article adds background
that all share. An article tells seven of ten facts of its event, some of them rounded.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_WORDS: Final = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_TALES: Final = _WORDS["languages"]
_PAGES: Final = _WORDS["pages"]
LANGUAGES: Final = tuple(_TALES)


class Name(NamedTuple):
    """An invented name as English, French, German and Cyrillic spell it."""

    en: str
    fr: str
    de: str
    cyrillic: str

    def written(self, language: str) -> str:
        """Return the name as a language writes it."""
        return {"en": self.en, "fr": self.fr, "de": self.de}.get(language, self.cyrillic)


class Event(NamedTuple):
    """What happened: who, where, on which day of which month, and the numbers of its facts by their place."""

    people: tuple[Name, ...]
    place: Name
    day: int
    month: int
    numbers: tuple[tuple[int, int], ...]


class Told(NamedTuple):
    """An article of an event: ``story`` is the event's number."""

    story: int
    language: str
    text: str


class Copied(NamedTuple):
    """A page with the number of the article that it is, or is a copy of; ``how`` says what was done to it."""

    article: int
    how: str
    page: str


def told(seed: int, events: int, most: int = 3) -> list[Told]:
    """Return articles of a number of events in a random order, each event told 1 to ``most`` times."""
    chance = random.Random(seed)
    people = [_name(chance) for _ in range(max(10, events // 4))]
    places = [_name(chance) for _ in range(max(10, events // 4))]
    happened: list[Event] = []
    articles = []
    for story in range(events):
        happened.append(_event(chance, people, places, happened))
        for language in chance.sample(LANGUAGES, chance.randint(1, most)):
            articles.append(Told(story, language, _tell(chance, happened[-1], language)))
    chance.shuffle(articles)
    return articles


def _event(chance: random.Random, people: list[Name], places: list[Name], earlier: list[Event]) -> Event:
    numbers = tuple((kind, _number(chance)) for kind in chance.sample(range(6), chance.randint(3, 5)))
    day, month = chance.randint(1, 28), chance.randint(1, 12)
    if earlier and chance.random() < 1 / 3:
        before = chance.choice(earlier)
        return Event(before.people, before.place, day, month, numbers)
    who = tuple(chance.choice(people) if chance.random() < 0.5 else _name(chance) for _ in range(2))
    return Event(who, chance.choice(places) if chance.random() < 0.5 else _name(chance), day, month, numbers)


def _tell(chance: random.Random, event: Event, language: str) -> str:
    tale = _TALES[language]
    month = tale["months"][event.month - 1]
    when = tale["when"].format(d=event.day, m=month) if chance.random() < 0.6 else ""
    place = event.place.written(language)
    lines = [tale["lead"].format(who=event.people[0].written(language), place=place, when=when)]
    for kind, number in event.numbers:
        if chance.random() < 0.7:
            who = chance.choice(event.people).written(language)
            number = _rounded(number) if chance.random() < 0.15 else number
            fact = tale["facts"][kind]
            lines.append(fact.format(n=_written(number, language), who=who, who_gen=f"{who}а", place=place))
    lines += chance.sample(tale["past"], chance.randint(1, 3)) + chance.sample(tale["filler"], chance.randint(1, 4))
    return "\n\n".join([lines[0], *chance.sample(lines[1:], len(lines) - 1)])


def _name(chance: random.Random) -> Name:
    parts = chance.sample(_WORDS["syllables"], 3)
    return Name(*("".join(part[language] for part in parts).capitalize() for language in range(4)))


def _number(chance: random.Random) -> int:
    """Return a number as news has them: most of them round."""
    precision = chance.choices((1, 2, 3), (0.4, 0.4, 0.2))[0]
    zeros: int = chance.randint(2 - min(precision, 2), 5)
    return chance.randint(10 ** (precision - 1), 10**precision - 1) * int(10**zeros)


def _rounded(number: int) -> int:
    return int(float(f"{number:.1g}"))


def _written(number: int, language: str) -> str:
    if number >= 1_000_000 and number % 100_000 == 0:
        millions = f"{number / 1_000_000:g}"
        return f"{millions if language == 'en' else millions.replace('.', ',')} {_TALES[language]['million']}"
    return f"{number:,}".replace(",", {"en": ",", "de": "."}.get(language, "\u00a0"))


def copies(seed: int, articles: int) -> Iterator[Copied]:
    """Yield pages of invented articles, four copies of every second one, and for each a relative that is no copy.

    Copies are exact, under another title, with every tenth sentence replaced, and on another outlet's page. A
    relative shares a third of the sentences, as two articles that quote one agency do.
    """
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices("aeioubcdfghklmnprst", k=chance.randint(2, 9))) for _ in range(5_000)]
    for number in range(articles):
        title, *body = (_sentence(chance, vocabulary) for _ in range(31))
        outlet = chance.randrange(len(_PAGES))
        page = _page(outlet, title, body)
        yield Copied(number, "original", page)
        relative = [line if chance.random() < 1 / 3 else _sentence(chance, vocabulary) for line in body]
        yield Copied(-1 - number, "relative", _page(outlet, _sentence(chance, vocabulary), relative))
        if number % 2 == 0:
            changed = chance.sample(range(len(body)), len(body) // 10)
            edited = [_sentence(chance, vocabulary) if at in changed else line for at, line in enumerate(body)]
            yield Copied(number, "exact", page)
            yield Copied(number, "re-titled", _page(outlet, _sentence(chance, vocabulary), body))
            yield Copied(number, "edited", _page(outlet, title, edited))
            yield Copied(number, "other furniture", _page((outlet + 1) % len(_PAGES), title, body))


def _page(outlet: int, title: str, body: list[str]) -> str:
    head, foot = _PAGES[outlet]
    paragraphs = [" ".join(body[at : at + 3]) for at in range(0, len(body), 3)]
    return "\n\n".join(["\n".join(head), title, *paragraphs, "\n".join(foot)])


def _sentence(chance: random.Random, vocabulary: list[str]) -> str:
    words = [
        vocabulary[min(int(chance.paretovariate(0.8)) - 1, len(vocabulary) - 1)] for _ in range(chance.randint(8, 24))
    ]
    return " ".join(words).capitalize() + "."
