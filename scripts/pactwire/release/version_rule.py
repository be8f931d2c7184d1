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

FIRST: Final = (0, 1, 0)

_NAMED: Final = re.compile(r"(?<![\w.])(?:v|[Vv]ersion\s+)(?P<version>[0-9]+\.[0-9]+\.[0-9]+)(?!\.?[0-9])")
"""A version as DATASET_CARD.md pins or cites it: v1.0.0, version 1.0.0."""


class Level(IntEnum):
    """Which number of a version a change raises."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


class Need(NamedTuple):
    """The level that some changes need, the first change that needs it, and how many do."""

    level: Level
    first: Change | None
    total: int


def level(change: Change) -> Level:
    """Return what one change needs."""
    if change.item in ("labels", "topics", "articles", "documents", "layers"):
        if change.action in (REMOVED, RENAMED):
            return Level.MAJOR
        if change.action == ADDED:
            return Level.MINOR
    return Level.MAJOR if change.item in ("texts", "splits") else Level.PATCH


def need(changes: Iterable[Change]) -> Need:
    """Return what some changes need together."""
    found = Need(Level.PATCH, None, 0)
    for change in changes:
        here = level(change)
        if found.first is None or here > found.level:
            found = Need(here, change, 1)
        elif here == found.level:
            found = found._replace(total=found.total + 1)
    return found


def least(base: Version, wanted: Level) -> Version:
    """Return the smallest version after ``base`` that raises the number of a level."""
    major, minor, patch = base
    return {
        Level.MAJOR: (major + 1, 0, 0),
        Level.MINOR: (major, minor + 1, 0),
        Level.PATCH: (major, minor, patch + 1),
    }[wanted]


def check(root: Path, since: str | None = None) -> list[Issue]:
    """Return everything that forbids to release the dataset in ``root``, the data's own issues first.

    The version rule compares with ``since``, a git revision that is a version tag, or else with the last
    version tag before this version. Raises snapshots.UnknownSide where ``since`` is no version tag of this history.
    """
    if since is not None and (git.version(since) is None or not git.is_tag(root, since)):
        raise snapshots.UnknownSide(f"{since!r} is no version tag of {root}")
    wrong = validate.validate(root)
    found = [*wrong, *_tree(root), *changelog_issues(root), *_card(root), *card_issues(root), *_tags(root)]
    if not wrong:
        found += [*_built(root), *_generated(root), *_rule(root, since)]
    return found


def _version(root: Path) -> Version | None:
    return git.version(f"v{corpus.version(root)}")


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _issue(root: Path, file: str, pattern: str, code: str, message: str) -> Issue:
    """Return an issue on the first line of a file that starts with ``pattern``, else on its first line."""
    path = root / file
    lines = files.read_text(path, file).split("\n")
    place = next((number for number, line in enumerate(lines, 1) if re.match(pattern, line)), 1)
    return Issue(file, place, code, message)


def _tree(root: Path) -> Iterator[Issue]:
    if not git.is_checkout(root):
        yield Issue(".", 1, "release-git", "the folder is not in a git repository with a commit")
        return
    for file in git.changes(root):
        yield Issue(file, 1, "release-tree", "it is not as committed")


def changelog_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue where the changelog's top entry is not the version's, or does not follow the last tag."""
    text = files.read_text(root / changelog.FILE, changelog.FILE)
    found = changelog.entries(text)
    version = corpus.version(root)
    if not found:
        yield Issue(changelog.FILE, 1, "release-changelog", f"it has no entry for {version}")
        return
    if found[0].version != version:
        message = f"the top entry is for {found[0].version}, and pyproject.toml says {version}"
        yield Issue(changelog.FILE, found[0].line, "release-changelog", message)
        return
    end = found[1].start if len(found) > 1 else len(text)
    if changelog.PART not in generated_blocks.names(text[:end]):
        yield Issue(changelog.FILE, found[0].line, "release-changelog", "the top entry has no generated data section")
    before, last = changelog.baseline(text), _last(root)
    if git.is_checkout(root) and before != last:
        message = f"the entry before the top one is for {before or 'nothing'}, and the last tag is {last or 'missing'}"
        yield Issue(changelog.FILE, found[0].line, "release-baseline", message)


def _card(root: Path) -> Iterator[Issue]:
    readme, manifest = root / "dataset/README.md", root / "dataset/manifest.json"
    version = corpus.version(root)
    if not (readme.is_file() and manifest.is_file()):
        yield Issue("dataset/README.md", 1, "release-card", "the dataset is not built")
        return
    front = front_matter.read(files.read_text(readme, "dataset/README.md"), "dataset/README.md")
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
    version = corpus.version(root)
    text = generated_blocks.written(card.text(root))
    for found in _NAMED.finditer(text):
        if found["version"] != version:
            line = text.count("\n", 0, found.start("version")) + 1
            message = f"it names version {found['version']}, and pyproject.toml says {version}"
            yield Issue("DATASET_CARD.md", line, "release-card", message)


def _tags(root: Path) -> Iterator[Issue]:
    if not git.is_checkout(root):
        return
    wanted, here = f"v{corpus.version(root)}", git.tags_of_head(root)
    if here and wanted not in here:
        yield Issue(
            "pyproject.toml", 1, "release-tag", f"HEAD is tagged {', '.join(here)}, and the version is {wanted}"
        )
    elif not here and git.is_tag(root, wanted):
        yield Issue("pyproject.toml", 1, "release-tag", f"the tag {wanted} is on another commit")


def _built(root: Path) -> Iterator[Issue]:
    """Yield an issue where the built dataset holds something else than the sources do."""
    if not (root / "dataset/manifest.json").is_file():
        return
    with snapshots.folder(root / "dataset", "dataset") as built, snapshots.folder(root, ".") as source:
        found = diff.summary(diff.compare(built, source))
    if found:
        counts = ", ".join(f"{name} {action} {count}" for name, each in found.items() for action, count in each.items())
        yield Issue("dataset/manifest.json", 1, "release-built", f"the data changed after the build: {counts}")


def _generated(root: Path) -> Iterator[Issue]:
    if not (root / "dataset/README.md").is_file():
        return
    try:
        for file in docs.renew(root, write=False):
            yield Issue(file, 1, "release-generated", "its generated parts are not those of the data")
    except DataError as error:
        yield from error.issues


def _rule(root: Path, since: str | None) -> Iterator[Issue]:
    version = _version(root)
    if version is None or version < FIRST:
        message = f"{corpus.version(root)!r} is no version from {_dotted(FIRST)} on"
        yield _issue(root, "pyproject.toml", "version", "release-version", message)
        return
    if not git.is_checkout(root):
        return
    last = since or _last(root)
    base = git.version(last or "")
    if last is None or base is None:
        return
    with snapshots.read(f"refs/tags/{last}", root) as old, snapshots.folder(root, ".") as new:
        found = need(diff.compare(old, new))
    if version < least(base, found.level):
        yield _issue(root, "pyproject.toml", "version", "release-version", _too_small(version, base, found))


def _last(root: Path) -> str | None:
    """Return the last version tag in the history of HEAD, that of the version itself left out."""
    return next((tag for tag in git.version_tags(root) if tag != f"v{corpus.version(root)}"), None)


def _too_small(version: Version, base: Version, found: Need) -> str:
    wanted = _dotted(least(base, found.level))
    reason = ""
    if found.first is not None:
        first = found.first
        rest = f", and {found.total - 1:,} more such changes" if found.total > 1 else ""
        place = f" of {first.article}" if first.article not in ("", first.name) else ""
        reason = f": {first.item} {first.name}{place} {first.action}{rest}"
    return f"after {_dotted(base)} the version has to be {wanted} or higher, not {_dotted(version)}{reason}"


def renew_changelog(root: Path) -> bool:
    """Write the data section of the changelog's top entry; return False if it was up to date."""
    path = root / changelog.FILE
    text = changelog.renew(files.read_text(path, changelog.FILE), root, corpus.load(root))
    return staging.replace(root, path, text)
