"""Card checks: what keeps the card of a dataset from being published, and whether the built card is the committed one.

A dataset with such issues can be built and used on this machine.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from pactwire.build import features, manifest
from pactwire.card import card, copied_files, dataset_folder
from pactwire.corpus import corpus, settings
from pactwire.corpus.settings import SETTINGS_FILE
from pactwire.model import digests
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, front_matter, generated_blocks
from pactwire.storage.front_matter import CARD_FILE

README_FILE: Final = "dataset/README.md"
MANIFEST_FILE: Final = "dataset/manifest.json"

_VERSION_MENTION: Final = re.compile(r"(?<![\w.])(?:v|[Vv]ersion\s+)(?P<version>[0-9]+\.[0-9]+\.[0-9]+)(?!\.?[0-9])")
"""A version as DATASET_CARD.md pins or cites it: v1.0.0, version 1.0.0."""
_PLACEHOLDER: Final = re.compile(r"(?:ORG|OWNER)/.*")
"""The name of a repository that only stands for one, for example in a template."""
_SNIPPET: Final = re.compile(r"""(?:["']|datasets/)(?P<name>(?:ORG|OWNER)/\w[\w.-]*)""")
"""A placeholder in code or in an address; in prose, ORG/GPE are labels."""
_LICENSE: Final = re.compile(r"^license[ \t]*:", re.MULTILINE)
_SILENT: Final = re.compile(r"^#.*$|<!--(?s:.*?)-->", re.MULTILINE)
"""Headings and comments, which say nothing of a dataset."""


def is_placeholder(repository: str) -> bool:
    """Say whether a repository's name only stands for one."""
    return _PLACEHOLDER.fullmatch(repository) is not None


def card_issues(root: Path) -> Iterator[Issue]:
    """Yield everything in DATASET_CARD.md and pactwire.toml that keeps the card from being published."""
    text = card.read_source(root)
    by_hand = generated_blocks.blank_blocks(text)
    yield from _repository_issues(root, by_hand)
    yield from _license_issues(text)
    yield from _version_issues(root, by_hand)
    if not _SILENT.sub("", front_matter.card_body(by_hand)).strip():
        yield Issue(CARD_FILE, 1, "release-empty-card", "the card does not say what the dataset is")


def _repository_issues(root: Path, by_hand: str) -> Iterator[Issue]:
    repository = settings.read_settings(root).repository
    line = settings.setting_line(root, "dataset", "repository")
    if not repository:
        yield Issue(SETTINGS_FILE, line, "release-repository", "the dataset has no repository on the Hub")
    elif is_placeholder(repository):
        message = f"{repository!r} only stands for a repository on the Hub"
        yield Issue(SETTINGS_FILE, line, "release-repository", message)
    for match in _SNIPPET.finditer(by_hand):
        message = f"{match['name']!r} only stands for a repository on the Hub"
        yield Issue(CARD_FILE, _line_at(by_hand, match.start()), "release-snippet", message)


def _license_issues(text: str) -> Iterator[Issue]:
    try:
        given = front_matter.owner_fields(text).get("license")
    except DataError:
        return  # an issue of the data
    if not "".join(given or "").strip():
        match = _LICENSE.search(text[: len(text) - len(front_matter.card_body(text))])
        line = _line_at(text, match.start()) if match else 1
        yield Issue(CARD_FILE, line, "release-license", "the front matter names no license")


def _version_issues(root: Path, by_hand: str) -> Iterator[Issue]:
    """Yield an issue wherever the card names another version, except in generated parts, which name models."""
    version = settings.read_settings(root).version
    for mention in _VERSION_MENTION.finditer(by_hand):
        if mention["version"] != version:
            message = f"it names version {mention['version']}, but {SETTINGS_FILE} has {version}"
            yield Issue(CARD_FILE, _line_at(by_hand, mention.start("version")), "release-card", message)


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


# --- the built card


def built_version_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue if nothing is built, or if it was built as another version."""
    version = settings.read_settings(root).version
    if not all((root / name).is_file() for name in (README_FILE, MANIFEST_FILE)):
        yield Issue(README_FILE, 1, "release-card", "the dataset is not built")
        return
    front = front_matter.parse_fields(files.read_text(root / README_FILE, README_FILE), README_FILE)
    versions_by_file = {
        README_FILE: {str(config.get("version")) for config in front.get("configs", [])},
        MANIFEST_FILE: {files.read_json(root / MANIFEST_FILE, MANIFEST_FILE)["version"]},
    }
    for file, versions in versions_by_file.items():
        if versions != {version}:
            message = f"it has version {', '.join(sorted(versions)) or 'none'}, but {SETTINGS_FILE} has {version}"
            yield Issue(file, 1, "release-card", message)


def built_card_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue for each built file that the present card, plots and schema of a valid dataset do not give."""
    about, data = manifest.read_manifest(root / "dataset"), corpus.load_corpus(root)
    if about is None or not set(about["configs"]) <= set(features.configs(data.schema)):
        return  # nothing is built, or with other layers, which the comparison of the data tells
    for name, content in dataset_folder.card_files(data, about).items():
        file = f"dataset/{name}"
        if (built := files.read_text(root / file, file)) != content:
            message = "it is not what a build makes of DATASET_CARD.md now"
            yield Issue(file, _first_difference(built, content), "release-built", message)
    for name in _outdated_copies(root):
        yield Issue(f"dataset/{name}", 1, "release-built", f"it is not the present {name}")


def _first_difference(old: str, new: str) -> int:
    """Return the number, from 1, of the first line that two different texts do not share."""
    pairs: Iterable[tuple[Any, Any]] = zip_longest(old.split("\n"), new.split("\n"))
    return next(number for number, (was, now) in enumerate(pairs, 1) if was != now)


def _outdated_copies(root: Path) -> list[str]:
    """Return the names of plots and schema files that were not built as they are now."""
    built = manifest.copied_digests(root / "dataset")
    present = {name: digests.sha256(path.read_bytes()) for name, path in copied_files.copied_files(root).items()}
    return sorted(name for name in built.keys() | present.keys() if built.get(name) != present.get(name))
