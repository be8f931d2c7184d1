"""``pactwire diff`` and ``release``: what changed between two versions, and whether a version may be released."""

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Annotated

import typer

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

app = typer.Typer()


SIDE_HELP = "A dataset's folder, a git revision, or hf://datasets/ORG/NAME@REVISION."


@app.command(epilog="Example: `pactwire diff v1.0.0 . --format markdown`")
def diff(
    old: Annotated[str, typer.Argument(help=SIDE_HELP, metavar="OLD")],
    new: Annotated[str, typer.Argument(help=SIDE_HELP, metavar="NEW")],
    root: RootOption = Path(),
    form: ReportFormatOption = ReportFormat.TEXT,
) -> None:
    """List what changed, label by label; exit 0 whether or not anything did.

    A folder is a dataset's root, or what `pactwire build` wrote. A name that is both a folder and a git
    revision means the folder; write `refs/heads/NAME` or `refs/tags/NAME` for the other. Only articles in a
    split are compared: one that was excluded or withdrawn is removed. A text report marks what was added with +,
    removed -, moved >, changed ~, renamed =, and what got another id only with #.
    """
    from pactwire.release import change_report, snapshots

    forms = {
        ReportFormat.TEXT: change_report.as_text,
        ReportFormat.JSON: change_report.as_json,
        ReportFormat.MARKDOWN: change_report.as_markdown,
    }
    try:
        with ExitStack() as stack:
            with _reading_side(old, root), _reading_side(new, root), reading(root):
                before, after = (stack.enter_context(snapshots.open_snapshot(side, root)) for side in (old, new))
            for line in change_report.report_lines(before, after, forms[form]):
                say_lines(line)
    except snapshots.UnknownSnapshot as error:
        raise typer.BadParameter(str(error)) from None


def _reading_side(side: str, root: Path) -> AbstractContextManager[None]:
    """See the dataset that a side names, by its root or by what was built in it, before or after a commit."""
    near = [each for each in (Path(side), Path(side).resolve().parent) if (each / ".pactwire").is_dir()]
    return reading(near[0] if near else root)


@app.command(epilog="Example: `pactwire release --check`")
def release(
    root: RootOption = Path(),
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; show what forbids the release"),
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="With --check: the version tag to compare with; the last one where left out")
    ] = None,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Renew the data section of the changelog's top entry and say what comes next; or check the release.

    A release needs one version in pyproject.toml, the changelog's top entry, the built card and the tag; a
    clean tree; valid data, built; fresh generated parts; and a version that the changes of the data allow.
    """
    from pactwire.corpus import corpus
    from pactwire.release import snapshots
    from pactwire.release import version_rule as releases

    if since and not check:
        raise typer.BadParameter("it needs --check", param_hint="--since")
    if not check:
        with writing(root, no_wait):
            version = corpus.read_version(root)
            if issues := list(releases.changelog_issues(root)):
                raise DataError(issues)
            renewed = releases.renew_changelog(root)
        if form is Format.JSON:
            say_json({"version": version, "renewed": renewed})
            return
        say(f"CHANGELOG.md: the data section of {version} {'is renewed' if renewed else 'was up to date'}")
        say_lines(NEXT_STEPS.format(version=version))
        return
    try:
        with reading(root):
            version, issues = corpus.read_version(root), releases.check_release(root, since)
    except snapshots.UnknownSnapshot as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
    if issues:
        print_issues(issues, form)
        raise typer.Exit(1)
    if form is Format.TEXT:
        say(f"{version} can be released")


NEXT_STEPS = """next (RELEASING.md):
  pactwire build && pactwire docs
  git commit
  pactwire release --check
  git tag v{version}
  pactwire publish ORG/NAME"""
