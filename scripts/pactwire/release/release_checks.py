"""Release checks: everything that prevents the release of a dataset in a checkout.

These are issues of the data, files that disagree on the version, and a version that is too small for what changed
(`pactwire.release.version_rule`).
"""

from collections.abc import Iterator
from pathlib import Path

from pactwire.corpus import corpus, migration_ledger, migration_queue, schema_file, settings
from pactwire.corpus.settings import SETTINGS_FILE
from pactwire.model.issues import DataError, Issue
from pactwire.release import (
    card_checks,
    changelog,
    citation_checks,
    diff,
    docs,
    git,
    label_order,
    snapshots,
    version_rule,
    versions,
)
from pactwire.release.migration_changes import migrations_between
from pactwire.release.version_rule import FIRST_VERSION, RequiredLevel, Version
from pactwire.storage import files, generated_blocks, staging
from pactwire.validation import validate


def check_release(root: Path, since: str | None = None) -> list[Issue]:
    """Return everything that prevents the release of a dataset, starting with the issues of the data.

    Args:
        root: The dataset root.
        since: The version tag that the version rule compares with; by default, the last one before this version.

    Raises:
        DataError: (unknown-version) ``since`` is not a version tag of the repository.
    """
    if since is not None and (git.parse_version_tag(since) is None or not git.tag_exists(root, since)):
        raise versions.unknown_version(since, f"it is not a version tag of the git repository of {root}")
    data_issues = validate.validate_dataset(root)
    if any(issue.file == SETTINGS_FILE for issue in data_issues):  # nothing can be compared with an unknown version
        return [*data_issues, *_tree_issues(root)]
    issues = [
        *data_issues,
        *_tree_issues(root),
        *changelog_issues(root),
        *card_checks.built_version_issues(root),
        *card_checks.card_issues(root),
        *citation_checks.citation_issues(root),
        *_tag_issues(root),
        *_queue_issues(root),
    ]
    if not data_issues:
        issues += [
            *_build_issues(root),
            *card_checks.built_card_issues(root),
            *_generated_issues(root),
            *_version_issues(root, since),
        ]
    return issues


def _queue_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue if people have not decided on all labels that a migration left to them."""
    if (name := migration_ledger.open_queue(root)) is not None:
        queue = migration_queue.read_queue(root, name, schema_file.read_schema(root))
        still_open = sum(line.is_open for line in queue.lines)
        message = f"the migration {name} waits for answers: {still_open} of {len(queue.lines)} are open"
        yield Issue(migration_queue.queue_file(name), 1, "queue-open", message)


def _tree_issues(root: Path) -> Iterator[Issue]:
    if not git.is_checkout(root):
        yield Issue(".", 1, "release-git", "the folder is not in a git repository with a commit")
        return
    for file in git.uncommitted_files(root):
        yield Issue(file, 1, "release-tree", "the file differs from the last commit")


def changelog_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue if the top entry of the changelog is not for this version, or does not follow the last tag."""
    file = changelog.CHANGELOG_FILE
    text = files.read_text(root / file, file)
    entries = changelog.parse_entries(text)
    version = settings.read_settings(root).version
    if not entries:
        yield Issue(file, 1, "release-changelog", f"there is no entry for {version}")
        return
    top = entries[0]
    if top.version != version:
        message = f"the top entry is for {top.version}, but pactwire.toml has {version}"
        yield Issue(file, top.line, "release-changelog", message)
        return
    end = entries[1].start if len(entries) > 1 else len(text)
    if changelog.DATA_BLOCK not in generated_blocks.block_names(text[:end]):
        yield Issue(file, top.line, "release-changelog", "the top entry has no generated data section")
    before, last = changelog.baseline_tag(text), _last_tag(root)
    if git.is_checkout(root) and before != last:
        message = f"the previous entry is for {before or 'nothing'}, but the last tag is {last or 'missing'}"
        yield Issue(file, top.line, "release-baseline", message)


def _tag_issues(root: Path) -> Iterator[Issue]:
    if not git.is_checkout(root):
        return
    tag, tags_of_head = f"v{settings.read_settings(root).version}", git.tags_of_head(root)
    if tags_of_head and tag not in tags_of_head:
        message = f"HEAD is tagged {', '.join(tags_of_head)}, but the version is {tag}"
        yield Issue(SETTINGS_FILE, _version_line(root), "release-tag", message)
    elif not tags_of_head and git.tag_exists(root, tag):
        yield Issue(SETTINGS_FILE, _version_line(root), "release-tag", f"the tag {tag} is on another commit")


def _build_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue if the built dataset differs from its sources."""
    if not (root / "dataset/manifest.json").is_file():
        return
    with snapshots.open_folder(root / "dataset", "dataset") as built, snapshots.open_folder(root, ".") as source:
        summary = diff.summarize(diff.compare(built, source), diff.label_items(built, source))
    if summary:
        counts = (f"{name} {action} {count}" for name, actions in summary.items() for action, count in actions.items())
        message = f"the data changed after the build: {', '.join(counts)}"
        yield Issue("dataset/manifest.json", 1, "release-built", message)


def _generated_issues(root: Path) -> Iterator[Issue]:
    if not (root / "dataset/README.md").is_file():
        return
    try:
        for file in docs.renew_files(root, write=False):
            yield Issue(file, 1, "release-generated", "its generated parts do not match the data")
    except DataError as error:
        yield from error.issues


def _version_issues(root: Path, since: str | None) -> Iterator[Issue]:
    text = settings.read_settings(root).version
    version = git.parse_version_tag(f"v{text}")
    if version is None or version < FIRST_VERSION:
        yield _version_issue(root, f"{text!r} is not a version of {_format_version(FIRST_VERSION)} or higher")
        return
    last = (since or _last_tag(root)) if git.is_checkout(root) else None
    base = git.parse_version_tag(last or "")
    if base is None:
        return
    with snapshots.open_snapshot(f"refs/tags/{last}", root) as old, snapshots.open_folder(root, ".") as new:
        required = version_rule.required_level(diff.compare(old, new))
        before = migrations_between(old, new).schema(old.schema)
        yield from label_order.order_issues(root, str(last), before, new.schema)
    if version < version_rule.smallest_version(base, required.level):
        yield _version_issue(root, _version_message(version, base, required))


def _version_issue(root: Path, message: str) -> Issue:
    return Issue(SETTINGS_FILE, _version_line(root), "release-version", message)


def _version_line(root: Path) -> int:
    return settings.setting_line(root, "dataset", "version")


def _version_message(version: Version, base: Version, required: RequiredLevel) -> str:
    reason = ""
    if (first := required.first) is not None:
        rest = f", and {required.total - 1:,} more such changes" if required.total > 1 else ""
        place = f" of {first.article}" if first.article not in ("", first.name) else ""
        reason = f": {first.item} {first.name}{place} {first.action}{rest}"
    smallest = version_rule.smallest_version(base, required.level)
    after, least, actual = map(_format_version, (base, smallest, version))
    return f"after {after} the version must be {least} or higher, not {actual}{reason}"


def _format_version(version: Version) -> str:
    return ".".join(map(str, version))


def _last_tag(root: Path) -> str | None:
    """Return the last version tag in the history of HEAD, except that of the version itself."""
    return next((tag for tag in git.version_tags(root) if tag != f"v{settings.read_settings(root).version}"), None)


def renew_changelog(root: Path) -> bool:
    """Renew the data section of the changelog's top entry; return False if it was up to date."""
    path = root / changelog.CHANGELOG_FILE
    text = changelog.renew_data_section(files.read_text(path, changelog.CHANGELOG_FILE), root, corpus.load_corpus(root))
    return staging.replace_file(root, path, text)
