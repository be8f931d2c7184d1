"""``pactwire diff`` and ``release``: what changed between two versions, and whether a version can be released."""

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    Format,
    FormatOption,
    NoWaitOption,
    ReportFormat,
    ReportFormatOption,
    RootOption,
    print_issues,
    reading,
    writing,
)
from pactwire.cli.terminal import say, say_json, say_lines
from pactwire.model.issues import DataError

with lazy_imports():
    from pactwire.corpus import settings
    from pactwire.release import change_report, release_checks, snapshots

app = typer.Typer()

SIDE_HELP = "A dataset folder, a version such as 1.0.0, a git revision, or hf://datasets/ORG/NAME@REVISION."
NEXT_STEPS = """next (docs/releasing.md):
  pactwire build && pactwire docs && pactwire build
  git commit
  pactwire release --check
  git tag v{version}
  pactwire publish"""


@app.command(epilog="Example: `pactwire diff v1.0.0 . --format markdown`")
def diff(
    old: Annotated[str, typer.Argument(help=SIDE_HELP, metavar="OLD")],
    new: Annotated[str, typer.Argument(help=SIDE_HELP, metavar="NEW")],
    root: RootOption = Path(),
    form: ReportFormatOption = ReportFormat.TEXT,
) -> None:
    """List what changed, label by label. The exit code is 0 whether or not anything changed.

    A folder is a dataset root, or what `pactwire build` wrote. The version 1.0.0 is that of the tag v1.0.0. A name of
    both a folder and a git revision means the folder; for the revision, write `refs/heads/NAME` or `refs/tags/NAME`.
    Only articles in a split are compared: an article that was excluded or withdrawn counts as removed. A text report
    marks what was added with +, removed -, moved >, changed ~, renamed =, and what only got another id with #.
    """
    forms = {
        ReportFormat.TEXT: change_report.as_text,
        ReportFormat.JSON: change_report.as_json,
        ReportFormat.MARKDOWN: change_report.as_markdown,
    }
    with ExitStack() as stack:
        with _reading_side(old, root), _reading_side(new, root), reading(root):
            before, after = (stack.enter_context(snapshots.open_snapshot(side, root)) for side in (old, new))
        for line in change_report.report_lines(before, after, forms[form]):
            say_lines(line)


def _reading_side(side: str, root: Path) -> AbstractContextManager[None]:
    """Hold the reading lock of the dataset of a side, given by its root or by the folder built in it."""
    roots = [path for path in (Path(side), Path(side).resolve().parent) if (path / ".pactwire").is_dir()]
    return reading(roots[0] if roots else root)


@app.command(epilog="Example: `pactwire release --check`")
def release(
    root: RootOption = Path(),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; show what prevents the release.")] = False,
    since: Annotated[
        str | None, typer.Option(help="With --check: the version tag to compare with; default: the last one.")
    ] = None,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Renew the data section of the changelog's top entry and print the next steps; or check the release.

    A release needs the same version in pactwire.toml, the changelog's top entry, CITATION.cff if there is one, the
    built card and the tag; a clean working tree; valid data that is built; generated parts that are up to date; a
    version that fits the changes; and a card with text and a license, for a repository on the Hub.
    """
    if since and not check:
        raise typer.BadParameter("use it with --check", param_hint="--since")
    if not check:
        with writing(root, no_wait):
            version = settings.read_settings(root).version
            if issues := list(release_checks.changelog_issues(root)):
                raise DataError(issues)
            renewed = release_checks.renew_changelog(root)
        if form is Format.JSON:
            say_json({"version": version, "renewed": renewed})
            return
        say(f"CHANGELOG.md: the data section of {version} {'is renewed' if renewed else 'was up to date'}")
        say_lines(NEXT_STEPS.format(version=version))
        return
    with reading(root):
        version, issues = settings.read_settings(root).version, release_checks.check_release(root, since)
    if issues:
        print_issues(issues, form)
        raise typer.Exit(1)
    if form is Format.TEXT:
        say(f"{version} can be released")
