"""``pactwire publish`` and ``hydrate``: a release to the Hub, and a release without texts back to the full one."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, creating_folder, print_issues, reading
from pactwire.cli.terminal import counted, say, say_json, say_lines
from pactwire.model.issues import DataError

with lazy_imports():
    from pactwire.corpus import settings
    from pactwire.release import hub, release_checks, verify
    from pactwire.release import hydrate as hydration
    from pactwire.release import publish as publishing

app = typer.Typer()


@app.command(epilog="Example: `pactwire publish --execute`")
def publish(
    repo: Annotated[
        str | None,
        typer.Argument(help="Dataset repository on the Hub; default: that of pactwire.toml.", metavar="OWNER/NAME"),
    ] = None,
    root: RootOption = Path(),
    execute: Annotated[bool, typer.Option("--execute", help="Publish, after showing the plan.")] = False,
    public: Annotated[bool, typer.Option("--public", help="Make the repository public.")] = False,
    standoff: Annotated[bool, typer.Option("--standoff", help="Publish everything except the texts.")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what a release would change on the Hub; with --execute, publish it in one commit, and verify it.

    The token comes from HF_TOKEN, or from where `hf auth login` stored it.
    """
    if repo and (repo.count("/") != 1 or not all(repo.split("/"))):
        raise typer.BadParameter("write OWNER/NAME", param_hint="OWNER/NAME")
    if not sys.stderr.isatty():
        hub.hide_progress_bars()
    with tempfile.TemporaryDirectory() as work:
        with reading(root):
            if not (repo := repo or settings.read_settings(root).repository):
                raise DataError(release_checks.check_release(root))
            client, release = publishing.prepare(repo, root, Path(work), standoff)
            plan = publishing.make_plan(client, release, public)
            changes = publishing.summarize_changes(client, plan, root)
        if form is Format.TEXT:
            say_lines("\n".join(publishing.plan_lines(plan, changes)))
        if not execute:
            _print_plan(form, publishing.plan_record(plan, changes, None))
            return
        home = Path(work) / "cache"
        commit = publishing.publish_release(client, plan, home)
        if issues := verify.rows(client, release.tag, release.configs, home):
            raise DataError(issues)
    if form is Format.JSON:
        _print_plan(form, publishing.plan_record(plan, changes, commit))
        return
    say()
    say(f"Published and verified: {repo} {release.tag}, commit {commit}")
    say(f"  {len(release.files):,} files match their SHA-256, {len(release.configs)} configs load with their rows")


def _print_plan(form: Format, record: dict[str, Any]) -> None:
    if form is Format.JSON:
        say_json(record, pretty=True)
    else:
        say()
        say("Nothing was sent. Run the same command with --execute to publish it.")


@app.command(epilog="Example: `pactwire hydrate release my-texts articles.jsonl --out dataset`")
def hydrate(
    folder: Annotated[Path, typer.Argument(help="Release without texts.", exists=True, file_okay=False)],
    texts: Annotated[list[Path], typer.Argument(help="Text files, JSONL files, or folders of them.", exists=True)],
    out: Annotated[Path, typer.Option("--out", help="Output folder, new or empty.", file_okay=False)],
    no_wait: NoWaitOption = False,
) -> None:
    """Join a release without texts with texts that you have, to get the full release, digest for digest.

    Texts that cannot be read are listed; they do no harm as long as no article needs them.
    """
    with creating_folder(out, no_wait):
        result = hydration.hydrate(folder, texts, out)
    same = "every byte" if result.identical else "every digest"
    say(f"wrote {out}: {counted(result.articles, 'article')}, {same} that of the full release")
    if result.unused:
        say(f"  texts that no article needs: {result.unused:,}")
    if result.unread:
        say("  texts that could not be read, and that no article needs:")
        print_issues(result.unread)
