"""A number and a seed to articles with labels, the same ones each time, and to a dataset's folder that holds them.

The articles are made from the five: paragraphs of one language, shuffled, every third word drawn anew from that
language's words so that no two are copies, with lines of furniture. They have the size of a long news article:
about 4,000 characters, 50 entities, 12 claims, 12 stances.
"""

import io
import random
import shutil
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import zstandard

from pactwire.corpus import corpus, schema_file
from pactwire.corpus.corpus import FINAL
from pactwire.model import digests, strict_json
from pactwire.model.records import CONTENT_KINDS, Origin, ZoneKind
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.stories.registry import split_of

CHECKOUT: Final = Path(__file__).parents[1]
SEED: Final = 1
DISTINCT: Final = 100
DRAFTER: Final = "bench-model"
TOPIC: Final = "topic:sanctions"
LINKS: Final = ("Q7184", "Q159", "Q30", None)

CHARACTERS: Final = 3600
"""Of content, at least."""
SHORT_CHARACTERS: Final = 700
"""Of content, at least, of a short text."""
FURNITURE: Final = 4
"""Lines of it: two before the title, one in the middle, one at the end."""
DRAWN: Final = 3
"""Every so manieth word is another one."""
ENTITIES: Final = 50
CLAIMS: Final = 12
STANCES: Final = 12

FRAME: Final = 64
"""Articles of a compressed frame, as `pactwire ingest` writes them."""
FILE: Final = 10_000
"""Articles of a bulk file."""
TOGETHER: Final = 20
"""Of so many articles two are of one story."""


class Made(NamedTuple):
    """An article as a line of bulk input, and its document."""

    article: dict[str, Any]
    document: dict[str, Any]


@cache
def _lines() -> tuple[dict[str, list[list[str]]], list[str]]:
    """Return the words of the five articles' paragraphs by language, and their lines of furniture."""
    data = corpus.load_corpus(CHECKOUT)
    paragraphs: dict[str, list[list[str]]] = {}
    furniture: list[str] = []
    for article in data.articles.values():
        for zone in data.zones(article):
            line = " ".join(article["source_text"][zone["start"] : zone["end"]].split())
            if zone["kind"] == ZoneKind.BODY and len(line) > 150:
                paragraphs.setdefault(zone["language"], []).append(line.split())
            elif zone["kind"] not in CONTENT_KINDS and len(line) > 3:
                furniture.append(line)
    return {language: found for language, found in sorted(paragraphs.items()) if len(found) > 5}, furniture


class _Text:
    """A text of lines, each a zone: (kind, start, end), and for those of content the (start, end) of their words."""

    def __init__(self, chance: random.Random, characters: int = CHARACTERS) -> None:
        paragraphs, furniture = _lines()
        self.language = chance.choice(list(paragraphs))
        known = paragraphs[self.language]
        vocabulary = [word for words in known for word in words]
        lines = [(ZoneKind.MENU, chance.choice(furniture)) for _ in range(2)]
        lines.append((ZoneKind.TITLE, " ".join(chance.choices(vocabulary, k=9))))
        length = 0
        while length < characters:
            words = list(chance.choice(known))
            words[::DRAWN] = chance.choices(vocabulary, k=len(words[::DRAWN]))
            lines.append((ZoneKind.BODY, " ".join(words)))
            length += len(lines[-1][1])
        lines.insert(len(lines) // 2, (ZoneKind.COMMENTS, chance.choice(furniture)))
        lines.append((ZoneKind.SHARE, chance.choice(furniture)))
        self.text = "\n\n".join(line for _, line in lines)
        self.zones: list[tuple[str, int, int]] = []
        self.words: list[list[tuple[int, int]]] = []
        start = 0
        for kind, line in lines:
            self.zones.append((kind, start, start + len(line)))
            if kind == ZoneKind.BODY:
                self.words.append(_places(line, start))
            start += len(line) + 2

    def span(self, chance: random.Random, longest: int) -> dict[str, Any]:
        """Return some words of a paragraph, at most so many."""
        words = chance.choice(self.words)
        length = min(chance.randint(max(1, longest // 2), longest), len(words))
        first = chance.randrange(len(words) - length + 1)
        start, end = words[first][0], words[first + length - 1][1]
        return {"start": start, "end": end, "text": self.text[start:end]}


def _places(line: str, start: int) -> list[tuple[int, int]]:
    places = []
    for word in line.split(" "):
        places.append((start, start + len(word)))
        start += len(word) + 1
    return places


def make(number: int, distinct: int = DISTINCT, first: int = 0) -> Iterator[Made]:
    """Yield articles with valid documents of all layers; article ``n`` is the same whatever ``number`` is.

    Each has its own id, but only ``distinct`` have a text and labels of their own.
    """
    for index in range(first, first + number):
        article, document = _article(index % distinct)
        identity = f"{index:016x}"
        yield Made({**article, "id": identity}, {**document, "article": identity})


@cache
def _schema() -> AnnotationSchema:
    return schema_file.read_schema(CHECKOUT)


@lru_cache(maxsize=DISTINCT)
def _article(index: int) -> Made:
    chance = random.Random(f"{SEED} {index}")
    text = _Text(chance)
    by = {"by": [DRAFTER]}
    zones = [
        {
            "id": f"z{at}", "start": start, "end": end, "kind": kind, "language": text.language,
            "origin": Origin.ORIGINAL, **by,
        }
        for at, (kind, start, end) in enumerate(text.zones)
    ]  # fmt: skip

    def span(longest: int) -> dict[str, Any]:
        return text.span(chance, longest)

    def name(layer: str, attribute: str) -> str:
        return chance.choice(_schema().layers[layer].attribute(attribute).label_names)

    entities = [
        {
            "id": f"e{index}", **span(2), "type": name("entities", "type"), "form": name("entities", "form"),
            "link": chance.choice(LINKS), "metonym_of": None, **by,
        }
        for index in range(ENTITIES)
    ]  # fmt: skip
    parties = [*(entity["id"] for entity in entities), *_schema().parties]
    claims = [
        {
            "id": f"c{index}", **span(16), "claimants": chance.sample(parties, chance.randint(1, 2)),
            "cue": span(2) if chance.random() < 0.7 else None, "type": name("claims", "type"),
            "commitment": name("claims", "commitment"), "checkworthy": name("claims", "checkworthy"),
            "normalized": f"Sentence {chance.randrange(10**6)} says in English what the claim says in any language.",
            **by,
        }
        for index in range(CLAIMS)
    ]  # fmt: skip
    targets = [*parties[:ENTITIES], *(claim["id"] for claim in claims), TOPIC]
    stances = [
        {
            "id": f"s{index}", **span(16), "holder": chance.choice(parties), "target": chance.choice(targets),
            "polarity": name("stances", "polarity"), "channel": name("stances", "channel"), **by,
        }
        for index in range(STANCES)
    ]  # fmt: skip
    layers = {"zones": zones, "entities": entities, "claims": claims, "stances": stances}
    document = {
        "schema_version": "1", "article": "", "text_sha256": digests.sha256(text.text), "guidelines": "1.0",
        "annotators": [{"id": DRAFTER, "kind": "model", "name": None, "version": "1"}],
        "status": dict.fromkeys(layers, "draft"), "created": "2024-06-01T00:00:00Z", "updated": "2024-06-01T00:00:00Z",
        "derived_from": [], **layers,
    }  # fmt: skip
    return Made({"id": "", "text": text.text, "license": "none"}, document)


def dataset(root: Path, number: int) -> Path:
    """Make a dataset's folder of ``number`` articles with their final documents, DISTINCT of them, and return it."""
    raw, documents = root / "dataset" / "raw" / "many.jsonl", root / "annotations" / FINAL / "many.jsonl"
    for path in (raw, documents):
        path.parent.mkdir(parents=True)
        with path.open("w", encoding="utf-8") as stream:
            for made in make(number):
                stream.write(strict_json.compact(made.article if path == raw else made.document) + "\n")
    _tables(root, (f"{each:016x},{each:016x},train" for each in range(number)))
    return root


def bulk(root: Path, number: int) -> Path:
    """Make a dataset's folder of ``number`` different articles with their final documents, compressed, and return it.

    A folder that was made before is taken as it is; one that was cut off is made to its end.
    """
    if (root / "dataset" / "splits.csv").is_file():
        return root
    for start in range(0, number, FILE):
        count = min(FILE, number - start)
        name = f"{start // FILE:05d}.jsonl.zst"
        paths = root / "dataset" / "raw" / name, root / "annotations" / FINAL / name
        if not all(path.is_file() for path in paths):
            _files(paths, make(count, number, start))
    _tables(root, (f"{each:016x},{_story(each)},{split_of(_story(each))}" for each in range(number)))
    return root


def text(index: int, characters: int = CHARACTERS) -> str:
    """Return the text of an article, of at least so many characters of content."""
    return _Text(random.Random(f"{SEED} {index}"), characters).text


def short_texts(folder: Path, number: int) -> Path:
    """Write ``number`` different short texts, a file each, and return their folder."""
    folder.mkdir(parents=True)
    for index in range(number):
        (folder / f"{index:06d}.txt").write_text(text(index, SHORT_CHARACTERS) + "\n", encoding="utf-8")
    return folder


def archive(path: Path, bodies: Iterable[bytes], media: str) -> Path:
    """Write a compressed WARC of responses of one media type, and return its path."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for index, body in enumerate(bodies):
            http = StatusAndHeaders("200 OK", [("Content-Type", media)], protocol="HTTP/1.1")
            address = f"http://example.org/{index}"
            writer.write_record(writer.create_warc_record(address, "response", io.BytesIO(body), http_headers=http))
    return path


def checkout(root: Path) -> Path:
    """Make a dataset's folder with what is committed of this repository's dataset, and return it."""
    for name in ("annotations", "schema", "dataset/raw"):
        shutil.copytree(CHECKOUT / name, root / name)
    for name in ("pactwire.toml", "DATASET_CARD.md", "CHANGELOG.md", "dataset/sources.jsonl", "dataset/splits.csv"):
        shutil.copy(CHECKOUT / name, root / name)
    return root


def _story(index: int) -> str:
    return f"{index - (index % TOGETHER == 1):016x}"


def _files(paths: tuple[Path, Path], found: Iterator[Made]) -> None:
    frames: tuple[list[bytes], list[bytes]] = [], []
    while made := list(islice(found, FRAME)):
        for parts, records in zip(frames, zip(*made, strict=True), strict=True):
            lines = "".join(strict_json.compact(each) + "\n" for each in records)
            parts.append(zstandard.compress(lines.encode()))
    for path, parts in zip(paths, frames, strict=True):
        files.write_file(path, b"".join(parts))


def _tables(root: Path, rows: Iterable[str]) -> None:
    for name in ("GUIDELINES.md", "topics.json", "links.tsv"):
        shutil.copy(CHECKOUT / "annotations" / name, root / "annotations" / name)
    files.write_file(root / schema_file.SCHEMA_FILE, (CHECKOUT / schema_file.SCHEMA_FILE).read_text(encoding="utf-8"))
    files.write_file(root / "dataset" / "splits.csv", "\n".join(["article,story,split", *rows]) + "\n")
