"""Invented news with known truth, from a seed: events reported in several languages, and copies of articles.

Nothing is real except the presidents and countries that every article names. Events have their own people, places,
numbers and day. Half of the people and places also appear in other events; a third of the events are sequels (the same
people in the same place, on another day with other numbers); and each article adds background that all share. An
article reports seven of ten facts of its event, some of them rounded.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_WORDS: Final = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_TEMPLATES: Final = _WORDS["languages"]
_PAGES: Final = _WORDS["pages"]
LANGUAGES: Final = tuple(_TEMPLATES)


class Name(NamedTuple):
    """An invented name as spelled in English, French, German and Cyrillic."""

    en: str
    fr: str
    de: str
    cyrillic: str

    def written(self, language: str) -> str:
        """Return the name as spelled in a language."""
        return {"en": self.en, "fr": self.fr, "de": self.de}.get(language, self.cyrillic)


class Event(NamedTuple):
    """An event: who, where, on which day of which month, and its facts as (kind, number)."""

    people: tuple[Name, ...]
    place: Name
    day: int
    month: int
    numbers: tuple[tuple[int, int], ...]


class EventArticle(NamedTuple):
    """An article on an event; ``story`` is the number of the event."""

    story: int
    language: str
    text: str


class CopiedPage(NamedTuple):
    """A page, the number of the article that it is or copies, and how it was copied."""

    article: int
    how: str
    text: str


def event_articles(seed: int, events: int, most: int = 3) -> list[EventArticle]:
    """Return articles on a number of events in random order, one to ``most`` for each event."""
    rng = random.Random(seed)
    people = [_name(rng) for _ in range(max(10, events // 4))]
    places = [_name(rng) for _ in range(max(10, events // 4))]
    earlier: list[Event] = []
    articles = []
    for story in range(events):
        event = _event(rng, people, places, earlier)
        earlier.append(event)
        for language in rng.sample(LANGUAGES, rng.randint(1, most)):
            articles.append(EventArticle(story, language, _report(rng, event, language)))
    rng.shuffle(articles)
    return articles


def _event(rng: random.Random, people: list[Name], places: list[Name], earlier: list[Event]) -> Event:
    numbers = tuple((kind, _number(rng)) for kind in rng.sample(range(6), rng.randint(3, 5)))
    day, month = rng.randint(1, 28), rng.randint(1, 12)
    if earlier and rng.random() < 1 / 3:
        before = rng.choice(earlier)
        return Event(before.people, before.place, day, month, numbers)
    who = tuple(rng.choice(people) if rng.random() < 0.5 else _name(rng) for _ in range(2))
    return Event(who, rng.choice(places) if rng.random() < 0.5 else _name(rng), day, month, numbers)


def _report(rng: random.Random, event: Event, language: str) -> str:
    templates = _TEMPLATES[language]
    month = templates["months"][event.month - 1]
    when = templates["when"].format(d=event.day, m=month) if rng.random() < 0.6 else ""
    place = event.place.written(language)
    lines = [templates["lead"].format(who=event.people[0].written(language), place=place, when=when)]
    for kind, number in event.numbers:
        if rng.random() < 0.7:
            who = rng.choice(event.people).written(language)
            number = _rounded(number) if rng.random() < 0.15 else number
            fact = templates["facts"][kind]
            lines.append(fact.format(n=_written(number, language), who=who, who_gen=f"{who}а", place=place))
    lines += rng.sample(templates["past"], rng.randint(1, 3)) + rng.sample(templates["filler"], rng.randint(1, 4))
    return "\n\n".join([lines[0], *rng.sample(lines[1:], len(lines) - 1)])


def _name(rng: random.Random) -> Name:
    parts = rng.sample(_WORDS["syllables"], 3)
    return Name(*("".join(part[language] for part in parts).capitalize() for language in range(4)))


def _number(rng: random.Random) -> int:
    """Return a number as in the news: most are round."""
    precision = rng.choices((1, 2, 3), (0.4, 0.4, 0.2))[0]
    zeros: int = rng.randint(2 - min(precision, 2), 5)
    return rng.randint(10 ** (precision - 1), 10**precision - 1) * int(10**zeros)


def _rounded(number: int) -> int:
    return int(float(f"{number:.1g}"))


def _written(number: int, language: str) -> str:
    if number >= 1_000_000 and number % 100_000 == 0:
        millions = f"{number / 1_000_000:g}"
        return f"{millions if language == 'en' else millions.replace('.', ',')} {_TEMPLATES[language]['million']}"
    return f"{number:,}".replace(",", {"en": ",", "de": "."}.get(language, "\u00a0"))


def copied_pages(seed: int, articles: int) -> Iterator[CopiedPage]:
    """Yield pages of invented articles, each with a relative that is no copy, and four copies of every second one.

    Copies are exact, under another title, with every tenth sentence replaced, and on another outlet's page. A relative
    shares a third of the sentences, like two articles that quote the same agency.
    """
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("aeioubcdfghklmnprst", k=rng.randint(2, 9))) for _ in range(5_000)]
    for number in range(articles):
        title, *body = (_sentence(rng, vocabulary) for _ in range(31))
        outlet = rng.randrange(len(_PAGES))
        page = _page(outlet, title, body)
        yield CopiedPage(number, "original", page)
        relative = [line if rng.random() < 1 / 3 else _sentence(rng, vocabulary) for line in body]
        yield CopiedPage(-1 - number, "relative", _page(outlet, _sentence(rng, vocabulary), relative))
        if number % 2 == 0:
            changed = rng.sample(range(len(body)), len(body) // 10)
            edited = [_sentence(rng, vocabulary) if at in changed else line for at, line in enumerate(body)]
            yield CopiedPage(number, "exact", page)
            yield CopiedPage(number, "re-titled", _page(outlet, _sentence(rng, vocabulary), body))
            yield CopiedPage(number, "edited", _page(outlet, title, edited))
            yield CopiedPage(number, "other furniture", _page((outlet + 1) % len(_PAGES), title, body))


def _page(outlet: int, title: str, body: list[str]) -> str:
    head, foot = _PAGES[outlet]
    paragraphs = [" ".join(body[at : at + 3]) for at in range(0, len(body), 3)]
    return "\n\n".join(["\n".join(head), title, *paragraphs, "\n".join(foot)])


def _sentence(rng: random.Random, vocabulary: list[str]) -> str:
    words = [vocabulary[min(int(rng.paretovariate(0.8)) - 1, len(vocabulary) - 1)] for _ in range(rng.randint(8, 24))]
    return " ".join(words).capitalize() + "."
