"""A checkout of a dataset to what forbids its release: the version rule, and what has to agree on one version.

The rule: a major version where users lose something or a text is another, a minor one where something
comes, a patch for corrections; RELEASING.md explains it.
"""

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from pactwire.card import card
from pactwire.corpus import corpus
from pactwire.model.issues import DataError, Issue
from pactwire.release import changelog, diff, docs, git, snapshots
from pactwire.release.changes import ADDED, REMOVED, RENAMED, Change
from pactwire.storage import files, front_matter, generated_blocks, staging
from pactwire.validation import validate

Version = tuple[int, int, int]

FIRST_VERSION: Final = (0, 1, 0)

_VERSION_MENTION: Final = re.compile(r"(?<![\w.])(?:v|[Vv]ersion\s+)(?P<version>[0-9]+\.[0-9]+\.[0-9]+)(?!\.?[0-9])")
"""A version as DATASET_CARD.md pins or cites it: v1.0.0, version 1.0.0."""


class Level(IntEnum):
    """Which number of a version a change raises."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


class RequiredLevel(NamedTuple):
    """The level that some changes need, the first change that needs it, and how many do."""

    level: Level
    first: Change | None
    total: int


def change_level(change: Change) -> Level:
    """Return what one change needs."""
    if change.item in ("labels", "topics", "articles", "documents", "layers"):
        if change.action in (REMOVED, RENAMED):
            return Level.MAJOR
        if change.action == ADDED:
            return Level.MINOR
    return Level.MAJOR if change.item in ("texts", "splits") else Level.PATCH


def required_level(changes: Iterable[Change]) -> RequiredLevel:
    """Return what some changes need together."""
    found = RequiredLevel(Level.PATCH, None, 0)
    for change in changes:
        here = change_level(change)
        if found.first is None or here > found.level:
            found = RequiredLevel(here, change, 1)
        elif here == found.level:
            found = found._replace(total=found.total + 1)
    return found


def smallest_version(base: Version, wanted: Level) -> Version:
    """Return the smallest version after ``base`` that raises the number of a level."""
    major, minor, patch = base
    return {
        Level.MAJOR: (major + 1, 0, 0),
        Level.MINOR: (major, minor + 1, 0),
        Level.PATCH: (major, minor, patch + 1),
    }[wanted]


def check_release(root: Path, since: str | None = None) -> list[Issue]:
    """Return everything that forbids to release the dataset in ``root``, the data's own issues first.

    The version rule compares with ``since``, a git revision that is a version tag, or else with the last
    version tag before this version. Raises snapshots.UnknownSide where ``since`` is no version tag of this history.
    """
    if since is not None and (git.parse_version_tag(since) is None or not git.tag_exists(root, since)):
        raise snapshots.UnknownSnapshot(f"{since!r} is no version tag of {root}")
    wrong = validate.validate_dataset(root)
    found = [
        *wrong,
        *_tree_issues(root),
        *changelog_issues(root),
        *_built_card_issues(root),
        *card_issues(root),
        *_tag_issues(root),
    ]
    if not wrong:
        found += [*_build_issues(root), *_generated_issues(root), *_version_issues(root, since)]
    return found


def _dataset_version(root: Path) -> Version | None:
    return git.parse_version_tag(f"v{corpus.read_version(root)}")


def _format_version(version: Version) -> str:
    return ".".join(map(str, version))


def _issue_at(root: Path, file: str, pattern: str, code: str, message: str) -> Issue:
    """Return an issue on the first line of a file that starts with ``pattern``, else on its first line."""
    path = root / file
    lines = files.read_text(path, file).split("\n")
    place = next((number for number, line in enumerate(lines, 1) if re.match(pattern, line)), 1)
    return Issue(file, place, code, message)


def _tree_issues(root: Path) -> Iterator[Issue]:
    if not git.is_checkout(root):
        yield Issue(".", 1, "release-git", "the folder is not in a git repository with a commit")
        return
    for file in git.uncommitted_files(root):
        yield Issue(file, 1, "release-tree", "it is not as committed")


def changelog_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue where the changelog's top entry is not the version's, or does not follow the last tag."""
    text = files.read_text(root / changelog.CHANGELOG_FILE, changelog.CHANGELOG_FILE)
    found = changelog.parse_entries(text)
    version = corpus.read_version(root)
    if not found:
        yield Issue(changelog.CHANGELOG_FILE, 1, "release-changelog", f"it has no entry for {version}")
        return
    if found[0].version != version:
        message = f"the top entry is for {found[0].version}, and pyproject.toml says {version}"
        yield Issue(changelog.CHANGELOG_FILE, found[0].line, "release-changelog", message)
        return
    end = found[1].start if len(found) > 1 else len(text)
    if changelog.DATA_BLOCK not in generated_blocks.block_names(text[:end]):
        yield Issue(
            changelog.CHANGELOG_FILE, found[0].line, "release-changelog", "the top entry has no generated data section"
        )
    before, last = changelog.baseline_tag(text), _last_tag(root)
    if git.is_checkout(root) and before != last:
        message = f"the entry before the top one is for {before or 'nothing'}, and the last tag is {last or 'missing'}"
        yield Issue(changelog.CHANGELOG_FILE, found[0].line, "release-baseline", message)


def _built_card_issues(root: Path) -> Iterator[Issue]:
    readme, manifest = root / "dataset/README.md", root / "dataset/manifest.json"
    version = corpus.read_version(root)
    if not (readme.is_file() and manifest.is_file()):
        yield Issue("dataset/README.md", 1, "release-card", "the dataset is not built")
        return
    front = front_matter.parse_fields(files.read_text(readme, "dataset/README.md"), "dataset/README.md")
    said = {
        "dataset/README.md": {str(each.get("version")) for each in front.get("configs", [])},
        "dataset/manifest.json": {files.read_json(manifest, "dataset/manifest.json")["version"]},
    }
    for file, versions in said.items():
        if versions != {version}:
            message = f"it is of version {', '.join(sorted(versions)) or 'none'}, and pyproject.toml says {version}"
            yield Issue(file, 1, "release-card", message)


def card_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue where DATASET_CARD.md names another version; its generated parts may, since models have some."""
    version = corpus.read_version(root)
    text = generated_blocks.blank_blocks(card.read_source(root))
    for found in _VERSION_MENTION.finditer(text):
        if found["version"] != version:
            line = text.count("\n", 0, found.start("version")) + 1
            message = f"it names version {found['version']}, and pyproject.toml says {version}"
            yield Issue("DATASET_CARD.md", line, "release-card", message)


def _tag_issues(root: Path) -> Iterator[Issue]:
    if not git.is_checkout(root):
        return
    wanted, here = f"v{corpus.read_version(root)}", git.tags_of_head(root)
    if here and wanted not in here:
        yield Issue(
            "pyproject.toml", 1, "release-tag", f"HEAD is tagged {', '.join(here)}, and the version is {wanted}"
        )
    elif not here and git.tag_exists(root, wanted):
        yield Issue("pyproject.toml", 1, "release-tag", f"the tag {wanted} is on another commit")


def _build_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue where the built dataset holds something else than the sources do."""
    if not (root / "dataset/manifest.json").is_file():
        return
    with snapshots.open_folder(root / "dataset", "dataset") as built, snapshots.open_folder(root, ".") as source:
        found = diff.summarize(diff.compare(built, source))
    if found:
        counts = ", ".join(f"{name} {action} {count}" for name, each in found.items() for action, count in each.items())
        yield Issue("dataset/manifest.json", 1, "release-built", f"the data changed after the build: {counts}")


def _generated_issues(root: Path) -> Iterator[Issue]:
    if not (root / "dataset/README.md").is_file():
        return
    try:
        for file in docs.renew_files(root, write=False):
            yield Issue(file, 1, "release-generated", "its generated parts are not those of the data")
    except DataError as error:
        yield from error.issues


def _version_issues(root: Path, since: str | None) -> Iterator[Issue]:
    version = _dataset_version(root)
    if version is None or version < FIRST_VERSION:
        message = f"{corpus.read_version(root)!r} is no version from {_format_version(FIRST_VERSION)} on"
        yield _issue_at(root, "pyproject.toml", "version", "release-version", message)
        return
    if not git.is_checkout(root):
        return
    last = since or _last_tag(root)
    base = git.parse_version_tag(last or "")
    if last is None or base is None:
        return
    with snapshots.open_snapshot(f"refs/tags/{last}", root) as old, snapshots.open_folder(root, ".") as new:
        found = required_level(diff.compare(old, new))
    if version < smallest_version(base, found.level):
        yield _issue_at(root, "pyproject.toml", "version", "release-version", _version_message(version, base, found))


def _last_tag(root: Path) -> str | None:
    """Return the last version tag in the history of HEAD, that of the version itself left out."""
    return next((tag for tag in git.version_tags(root) if tag != f"v{corpus.read_version(root)}"), None)


def _version_message(version: Version, base: Version, found: RequiredLevel) -> str:
    wanted = _format_version(smallest_version(base, found.level))
    reason = ""
    if found.first is not None:
        first = found.first
        rest = f", and {found.total - 1:,} more such changes" if found.total > 1 else ""
        place = f" of {first.article}" if first.article not in ("", first.name) else ""
        reason = f": {first.item} {first.name}{place} {first.action}{rest}"
    known = _format_version(base), _format_version(version)
    return f"after {known[0]} the version has to be {wanted} or higher, not {known[1]}{reason}"


def renew_changelog(root: Path) -> bool:
    """Write the data section of the changelog's top entry; return False if it was up to date."""
    path = root / changelog.CHANGELOG_FILE
    text = changelog.renew_data_section(files.read_text(path, changelog.CHANGELOG_FILE), root, corpus.load_corpus(root))
    return staging.replace_file(root, path, text)
