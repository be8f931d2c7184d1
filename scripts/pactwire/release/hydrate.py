"""A release without texts, and the texts that somebody has, to the full release, digest for digest.

Texts are known by the SHA-256 of their source text, whatever their files are called. Every word is
cut from them by the offsets of the release; nothing is tagged, split or guessed anew.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.build import manifest
from pactwire.build.articles_rows import article_title
from pactwire.build.record_batches import Row
from pactwire.card import card, croissant
from pactwire.corpus.articles import article_id
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.release import text_free
from pactwire.storage import files, input_files, jsonl
from pactwire.storage.files import file_sha256
from pactwire.text import offsets

TEXT_FREE_KEYS: Final = ("standoff", "full", "sections")
"""What the manifest of a release without texts has beyond that of the full release."""


class ProvidedText(NamedTuple):
    """A text that somebody has: where it is, what it says its article is, and the section where that is known."""

    file: str
    line: int
    article: str
    source_text: str
    section: str | None


@dataclass(frozen=True)
class HydrateResult:
    """What was made: the number of articles, of texts that none needed, and whether all bytes are the release's.

    ``unread`` says what could not be read, and was not needed either.
    """

    articles: int
    unused: int
    identical: bool
    unread: tuple[Issue, ...] = ()


def hydrate(folder: Path, texts: Sequence[Path], out: Path) -> HydrateResult:
    """Write the full release to ``out``, a new folder; a second run with the same texts changes nothing.

    ``texts`` are text files, JSONL files (``.zst`` too) whose records have ``text`` (and ``id``,
    ``section``), and folders of either. Raises DataError with every issue, and then writes nothing:
    hydrate-release, hydrate-missing, hydrate-hash, hydrate-section, hydrate-digest, hydrate-out.
    """
    about = _read_manifest(folder)
    wanted = _articles_by_id(folder, about)
    unread: list[Issue] = []
    found, unused = _match_texts(texts, wanted, about["sections"], unread)
    part = files.part_path(out)
    try:
        whole = _write_release(folder, about, found, part)
        _move_into_place(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return HydrateResult(len(wanted), unused, whole["configs"] == about["full"], tuple(sorted(unread)))


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest; raises DataError (hydrate-release) unless the folder is a whole release without texts."""
    path = folder / "manifest.json"
    about: Any = files.read_json(path, path.as_posix()) if path.is_file() else None
    named = _expected_files(folder, about)
    if named is None:
        message = "the folder holds no release without texts"
        raise DataError([Issue(path.as_posix(), 1, "hydrate-release", message)])
    broken = [
        Issue(file.as_posix(), 1, "hydrate-release", "the file is missing, or not that of the release")
        for file, sha256 in named.items()
        if not file.is_file() or file_sha256(file) != sha256
    ]
    if broken:
        raise DataError(sorted(broken))
    return dict(about)


def _expected_files(folder: Path, about: Any) -> dict[Path, str] | None:
    """Return the SHA-256 of each file that a manifest names; None where it is not that of a release without texts."""
    try:
        bare = list(manifest.iter_data_files(about))
        full = list(manifest.iter_data_files({"configs": about["full"]}))
        alike = [each[:2] for each in bare] == [each[:2] for each in full]
        if about["standoff"] is not True or not alike or not isinstance(about["sections"], dict):
            return None
        wanted = {each["path"]: each["sha256"] for _, _, each in bare}
        return {folder / name: sha256 for name, sha256 in {**wanted, **about.get("plots", {})}.items()}
    except (AttributeError, KeyError, TypeError):  # a folder of the user's may hold any JSON under this name
        return None


def _iter_article_rows(folder: Path, about: Mapping[str, Any]) -> Iterator[Row]:
    for config, _, each in manifest.iter_data_files(about):
        if config == "articles":
            for rows in text_free.read_row_batches(folder / each["path"]):
                yield from rows


def _articles_by_id(folder: Path, about: Mapping[str, Any]) -> dict[str, Row]:
    """Return the rows of the articles that the release holds, by id."""
    return {row["id"]: row for row in _iter_article_rows(folder, about)}


# --- texts


def _match_texts(
    texts: Sequence[Path], wanted: Mapping[str, Row], sections: Mapping[str, Any], issues: list[Issue]
) -> tuple[dict[str, Row], int]:
    """Return the filled rows of all articles by id, and the number of texts that none needed.

    What can't be read is appended to ``issues``: no harm as long as no article is missing, else raised with it.
    """
    hashes = {row["source_sha256"] for row in wanted.values()}
    by_hash: dict[str, ProvidedText] = {}
    others: dict[str, ProvidedText] = {}
    count = 0
    for text in _read_texts(texts, issues):
        sha = files.sha256(text.source_text)
        count += 1
        if sha in hashes:
            by_hash.setdefault(sha, text)
        else:
            others.setdefault(text.article, text)
    problems = [
        problem
        for row in wanted.values()
        if (problem := _match_issue(row, by_hash.get(row["source_sha256"]), others.get(row["id"]), sections))
    ]
    if problems:
        raise DataError(sorted([*issues, *problems]))
    filled = {name: fill_article(row, by_hash[row["source_sha256"]], sections) for name, row in wanted.items()}
    return filled, count - len(by_hash)


def _match_issue(
    row: Row, text: ProvidedText | None, other: ProvidedText | None, sections: Mapping[str, Any]
) -> Issue | None:
    name = row["id"]
    if text and name in sections and sections[name] is None and text.section is None:
        message = f"the section of the article {name} does not stand in its text, nor under `section` of its record"
        return Issue(text.file, text.line, "hydrate-section", message, name)
    if text:
        return None
    if other:
        message = f"its SHA-256 is {files.sha256(other.source_text)}, that of the article {row['source_sha256']}"
        return Issue(other.file, other.line, "hydrate-hash", message, name)
    message = f"there is no text of the article {name} ({row['source_id']}) with the SHA-256 {row['source_sha256']}"
    return Issue("texts", 1, "hydrate-missing", message, name)


def _read_texts(paths: Sequence[Path], issues: list[Issue]) -> Iterator[ProvidedText]:
    """Yield the texts of files and folders; what can't be read is an issue."""
    for path in paths:
        named = [input_files.named_path_issue(path, path.as_posix()) or path]
        for file in input_files.list_entries(path, Path.as_posix) if path.is_dir() else named:
            if isinstance(file, Issue):
                issues.append(file)
                continue
            name = file.as_posix()
            try:
                if file.is_dir():
                    continue
                if name.endswith((".jsonl", ".jsonl.zst")):
                    yield from _read_text_records(file, issues)
                else:
                    text = files.decode_source_text(file.read_bytes(), name)
                    yield ProvidedText(name, 1, article_id(file.name, text), text, None)
            except DataError as error:
                issues += error.issues


def _read_text_records(file: Path, issues: list[Issue]) -> Iterator[ProvidedText]:
    name = file.as_posix()
    for entry in jsonl.read_values(file, name):
        if isinstance(entry, DataError):
            issues += entry.issues
            continue
        line, record = entry
        if flaw := _record_flaw(record):
            issues.append(Issue(name, line, "hydrate-record", flaw))
            continue
        text = files.normalize_newlines(record["text"])
        known = record.get("id")  # of any form: somebody else's id may be a number
        identity = known if known and isinstance(known, str) else files.sha256(text)[:16]
        yield ProvidedText(name, line, identity, text, record.get("section"))


def _record_flaw(record: Any) -> str | None:
    """Return why a record can't be read; None where it can."""
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return "the record has no `text`"
    if not isinstance(record.get("section"), str | None):
        return "the record's `section` is neither a string nor null"
    return None


# --- rows


def fill_article(row: Row, text: ProvidedText, sections: Mapping[str, Any]) -> Row:
    """Return a row of config articles with its words; ``sections`` is that of the release's manifest."""
    source = text.source_text
    whole = offsets.text_of_segments(source, row["segments"])
    place = sections.get(row["id"], [0, 0])
    section = source[place[0] : place[1]] or None if place else text.section
    return {
        **row,
        "title": article_title({**row, "source_text": source}, row["zones"]),  # type: ignore[typeddict-item]
        "section": section,
        "text": whole,
        "source_text": source,
        **_fill_layers(row, whole),
    }


def _fill_layers(row: Row, text: str) -> Row:
    return {layer: _fill_spans(row[layer], text) for layer in ("entities", "claims", "stances")}


def _fill_spans(labels: list[Any] | None, text: str) -> list[Any] | None:
    """Return labels with the words they stand on, their cues' too; None stays None."""
    return None if labels is None else [_fill_span(label, text) for label in labels]


def _fill_span(label: Any, text: str) -> Any:
    cue = {"cue": _fill_span(label["cue"], text)} if label.get("cue") else {}
    return {**label, "text": text[label["start"] : label["end"]], **cue}


def fill_row(config: str, row: Row, articles: Mapping[str, Row]) -> Row:
    """Return a row of the full release; ``articles`` are its filled rows of the config articles, by id."""
    if config == "articles":
        return articles[row["id"]]
    if config == "claim_pairs":
        return row | {
            f"{side}_text": _party_text(articles[row[f"{side}_article_id"]], row[f"{side}_id"][17:]) for side in "ab"
        }
    article = articles[row["article_id"]]
    if config == "annotations":
        text = offsets.text_of_segments(article["source_text"], row["segments"])
        return row | {"text": text} | _fill_layers(row, text)
    text = article["text"][row["start"] : row["end"]]
    return row | {"text": text} | _ROW_FILLERS[config](row, text, article)


def _fill_entities_row(row: Row, text: str, article: Row) -> Row:
    tokens = [text[each["start"] : each["end"]] for each in row["token_offsets"]]
    return {"tokens": tokens, "spans": _fill_spans(row["spans"], text)}


def _fill_stance_row(row: Row, text: str, article: Row) -> Row:
    stance = next(each for each in article["stances"] if each["id"] == row["id"][17:])
    holder = _party_text(article, stance["holder"])
    return {
        "holder": holder,
        "target": row["target"] if row["target_kind"] == "topic" else _party_text(article, stance["target"]),
    }


def _fill_claims_row(row: Row, text: str, article: Row) -> Row:
    claims = _fill_spans(row["claims"], text) or []
    return {
        "claims": [
            each | {"claimant_names": [_party_text(article, party) for party in each["claimants"]]} for each in claims
        ]
    }


_ROW_FILLERS: Final = {"entities": _fill_entities_row, "stance": _fill_stance_row, "claims": _fill_claims_row}


def _party_text(article: Row, name: str) -> str:
    """Return the words of an article's mention or claim; AUTHOR and UNNAMED stand for themselves."""
    labels = [*(article["entities"] or []), *(article["claims"] or [])]
    return next((label["text"] for label in labels if label["id"] == name), name)


# --- files


def _write_release(folder: Path, about: dict[str, Any], articles: Mapping[str, Row], target: Path) -> dict[str, Any]:
    """Write the full release; return its manifest. Raises DataError (hydrate-digest)."""
    configs = text_free.rewrite_files(
        folder, about["configs"], target, lambda config, row: fill_row(config, row, articles)
    )
    wrong = [
        Issue(each["path"], 1, "hydrate-digest", f"the digest of the rows is {each['digest']}, not that of the release")
        for config, splits in configs.items()
        for split, written in splits.items()
        for each, full in zip(written, about["full"][config][split], strict=True)
        if each["digest"] != full["digest"]
    ]
    if wrong:
        raise DataError(wrong)
    whole = {key: value for key, value in about.items() if key not in TEXT_FREE_KEYS} | {"configs": configs}
    files.write_file(target / "manifest.json", strict_json.pretty(whole))
    card.publish_plots(folder, target)
    described = files.read_json(folder / "croissant.json", "croissant.json")
    described.pop(croissant.MISSING_DATA_FIELD)
    files.write_file(target / "croissant.json", strict_json.pretty(described | croissant.describe_files(whole)))
    files.write_file(target / "README.md", _full_readme(files.read_text(folder / "README.md", "README.md"), whole))
    return whole


def _full_readme(text: str, about: Mapping[str, Any]) -> str:
    import yaml
    from huggingface_hub import DatasetCardData

    front, _, rest = text.removeprefix("---\n").partition("\n---\n")
    fields = DatasetCardData(**yaml.safe_load(front))
    card.add_data_files(fields, about)
    return f"---\n{fields.to_yaml()}\n---\n{rest.removeprefix(card.STANDOFF)}"


def _move_into_place(part: Path, out: Path) -> None:
    """Give the finished folder its name; raises DataError (hydrate-out) where something else has it."""
    if not out.is_dir() or not any(out.iterdir()):
        part.replace(out)
    elif _hash_files(part) != _hash_files(out):
        raise DataError([Issue(out.as_posix(), 1, "hydrate-out", "the folder holds something else")])


def _hash_files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): file_sha256(p) for p in folder.rglob("*") if p.is_file()}
