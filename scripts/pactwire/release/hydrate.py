"""Hydration: a release without texts, and the texts, to the full release, digest for digest.

Texts are matched by the SHA-256 of the source text, whatever their files are called. Every text in a row is cut from
them by the offsets of the release; nothing is tagged, split or guessed again.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import yaml
from datasets import Features
from huggingface_hub import DatasetCardData

from pactwire.build import manifest
from pactwire.build.record_batches import Row
from pactwire.card import card, copied_files, croissant
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.release import text_filler, text_free
from pactwire.release.provided_texts import ProvidedText, read_texts
from pactwire.release.source_tree import read_any_schema
from pactwire.storage import files
from pactwire.storage.files import file_sha256

TEXT_FREE_KEYS: Final = ("standoff", "full", "sections", "titles")
"""Keys that only the manifest of a release without texts has."""


@dataclass(frozen=True)
class HydrateResult:
    """The number of articles and of unused texts, and whether all bytes are those of the full release.

    ``unread`` are the issues of texts that could not be read, and that no article needs.
    """

    articles: int
    unused: int
    identical: bool
    unread: tuple[Issue, ...] = ()


def hydrate(folder: Path, texts: Sequence[Path], out: Path) -> HydrateResult:
    """Write the full release to a folder; a second run with the same texts changes nothing.

    Args:
        folder: The release without texts.
        texts: Text files, JSONL files (also ``.zst``) whose records have ``text`` and maybe ``id``, ``section``
            and ``title`` or ``metadata``, and folders of both.
        out: The output folder, new or empty.

    Raises:
        DataError: with all issues (hydrate-release, hydrate-missing, hydrate-hash, hydrate-section, hydrate-digest,
            hydrate-out); nothing is written then.
    """
    about = _read_manifest(folder)
    wanted = _articles_by_id(folder, about)
    unread: list[Issue] = []
    schema, _ = read_any_schema(folder)
    articles, unused = _match_texts(schema, texts, wanted, about, unread)
    part = files.part_path(out)
    try:
        full = _write_release(schema, folder, about, articles, part)
        _move_into_place(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    same_bytes = _sha256s(full["configs"]) == _sha256s(about["full"])
    return HydrateResult(len(wanted), unused, same_bytes, tuple(sorted(unread)))


def _sha256s(configs: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the config, split and SHA-256 of each data file."""
    return [(config, split, each["sha256"]) for config, split, each in manifest.iter_data_files({"configs": configs})]


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest; raises DataError (hydrate-release) unless the folder is a complete release without texts."""
    path = folder / "manifest.json"
    about: Any = files.read_json(path, path.as_posix()) if path.is_file() else None
    expected = _expected_files(folder, about)
    if expected is None:
        message = "the folder is not a release without texts"
        raise DataError([Issue(path.as_posix(), 1, "hydrate-release", message)])
    broken = [
        Issue(file.as_posix(), 1, "hydrate-release", "the file is missing, or differs from the release")
        for file, sha256 in expected.items()
        if not file.is_file() or file_sha256(file) != sha256
    ]
    if broken:
        raise DataError(sorted(broken))
    return dict(about)


def _expected_files(folder: Path, about: Any) -> dict[Path, str] | None:
    """Return the SHA-256 of each file that a manifest lists; None if it is not of a release without texts."""
    try:
        text_free_files = list(manifest.iter_data_files(about))
        full_files = list(manifest.iter_data_files({"configs": about["full"]}))
        same_files = [each[:2] for each in text_free_files] == [each[:2] for each in full_files]
        if about["standoff"] is not True or not same_files or not isinstance(about["sections"], dict):
            return None
        wanted = {each["path"]: each["sha256"] for _, _, each in text_free_files}
        return {folder / name: sha256 for name, sha256 in {**wanted, **manifest.copied_digests(folder)}.items()}
    except (AttributeError, KeyError, TypeError):  # a user's folder may hold any JSON with this name
        return None


def _articles_by_id(folder: Path, about: Mapping[str, Any]) -> dict[str, Row]:
    """Return the rows of config articles by id."""
    return {
        row["id"]: row
        for config, _, file in manifest.iter_data_files(about)
        for rows in (text_free.read_row_batches(folder / file["path"]) if config == "articles" else ())
        for row in rows
    }


def _match_texts(
    schema: AnnotationSchema,
    texts: Sequence[Path],
    wanted: Mapping[str, Row],
    about: Mapping[str, Any],
    issues: list[Issue],
) -> tuple[dict[str, Row], int]:
    """Return the filled rows of all articles by id, and the number of unused texts.

    Texts that cannot be read are appended to ``issues``. If an article's text is missing, all issues are raised.
    """
    hashes = {row["source_sha256"] for row in wanted.values()}
    by_hash: dict[str, ProvidedText] = {}
    others: dict[str, ProvidedText] = {}
    count = 0
    for text in read_texts(texts, issues):
        sha = digests.sha256(text.source_text)
        count += 1
        if sha in hashes:
            by_hash.setdefault(sha, text)
        else:
            others.setdefault(text.article, text)
    problems = [
        problem
        for row in wanted.values()
        if (problem := _match_issue(row, by_hash.get(row["source_sha256"]), others.get(row["id"]), about))
    ]
    if problems:
        raise DataError(sorted([*issues, *problems]))
    filled = {
        name: text_filler.fill_article(schema, row, by_hash[row["source_sha256"]], about)
        for name, row in wanted.items()
    }
    return filled, count - len(by_hash)


def _match_issue(
    row: Row, text: ProvidedText | None, other: ProvidedText | None, about: Mapping[str, Any]
) -> Issue | None:
    name = row["id"]
    values = (("section", "sections", text and text.section), ("title", "titles", text and text.title))
    for kind, key, value in values if text else ():
        spans = about.get(key, {})  # releases before 2.0.0 have no titles
        if text and name in spans and spans[name] is None and value is None:
            message = f"the {kind} of the article {name} is neither in its text nor in the `{kind}` of its record"
            return Issue(text.file, text.line, "hydrate-section", message, name)
    if text:
        return None
    if other:
        message = f"its SHA-256 is {digests.sha256(other.source_text)}, not {row['source_sha256']} as in the release"
        return Issue(other.file, other.line, "hydrate-hash", message, name)
    message = f"there is no text for the article {name} ({row['source_id']}) with the SHA-256 {row['source_sha256']}"
    return Issue("texts", 1, "hydrate-missing", message, name)


def _write_release(
    schema: AnnotationSchema, folder: Path, about: dict[str, Any], articles: Mapping[str, Row], target: Path
) -> dict[str, Any]:
    """Write the full release; return its manifest. Raises DataError (hydrate-digest)."""
    configs = text_free.rewrite_files(folder, about["configs"], target, partial(text_filler.fill_row, schema, articles))
    issues = [
        Issue(file["path"], 1, "hydrate-digest", f"the rows have the digest {file['digest']}, not {full['digest']}")
        for config, splits in configs.items()
        for split, written in splits.items()
        for file, full in zip(written, about["full"][config][split], strict=True)
        if file["digest"] != full["digest"]
    ]
    if issues:
        raise DataError(issues)
    merged = {key: value for key, value in about.items() if key not in TEXT_FREE_KEYS} | {"configs": configs}
    files.write_file(target / "manifest.json", strict_json.pretty(merged))
    copied_files.publish(folder, target)
    metadata = files.read_json(folder / "croissant.json", "croissant.json")
    metadata.pop(croissant.MISSING_DATA_FIELD)
    columns = _columns(target, merged)
    described = croissant.describe_files(merged, columns)
    files.write_file(target / "croissant.json", strict_json.pretty(metadata | described))
    text = files.read_text(folder / "README.md", "README.md")
    files.write_file(target / "README.md", _full_readme(text, merged, columns))
    return merged


def _columns(folder: Path, about: Mapping[str, Any]) -> dict[str, Features]:
    """Return the features of each config, as its data files have them."""
    paths = {config: folder / each["path"] for config, _, each in manifest.iter_data_files(about)}
    return {config: Features.from_arrow_schema(pq.read_schema(path)) for config, path in paths.items()}


def _full_readme(text: str, about: Mapping[str, Any], columns: Mapping[str, Features]) -> str:
    front, _, rest = text.removeprefix("---\n").partition("\n---\n")
    fields = DatasetCardData(**yaml.safe_load(front))
    card.add_data_files(fields, about, columns)
    return f"---\n{fields.to_yaml()}\n---\n{rest.removeprefix(card.STANDOFF)}"


def _move_into_place(part: Path, out: Path) -> None:
    """Rename the finished folder to ``out``; raises DataError (hydrate-out) if that holds something else."""
    if not out.is_dir() or not any(out.iterdir()):
        part.replace(out)
    elif _hash_files(part) != _hash_files(out):
        raise DataError([Issue(out.as_posix(), 1, "hydrate-out", "the folder holds something else")])


def _hash_files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): file_sha256(p) for p in folder.rglob("*") if p.is_file()}
