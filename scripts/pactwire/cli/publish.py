"""``pactwire publish`` and ``hydrate``: a release to the Hub, and one without texts back to the full one."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, creating_folder, print_issues, reading
from pactwire.cli.terminal import counted, say, say_json, say_lines
from pactwire.model.issues import DataError

app = typer.Typer()


@app.command(epilog="Example: `pactwire publish alice/wire --execute`")
def publish(
    repo: Annotated[str, typer.Argument(help="Dataset repository on the Hub", metavar="OWNER/NAME")],
    root: RootOption = Path(),
    execute: Annotated[bool, typer.Option("--execute", help="Publish, after showing the plan")] = False,
    public: Annotated[bool, typer.Option("--public", help="Let everybody read it")] = False,
    standoff: Annotated[bool, typer.Option("--standoff", help="Publish all but the texts")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what a release would change on the Hub; with --execute make it, in one commit, and verify it.

    The token is taken from HF_TOKEN, or from where `hf auth login` put it.
    """
    if repo.count("/") != 1 or not all(repo.split("/")):
        raise typer.BadParameter("write OWNER/NAME", param_hint="OWNER/NAME")
    from huggingface_hub.utils.tqdm import disable_progress_bars

    from pactwire.release import publish as publisher
    from pactwire.release import verify

    if not sys.stderr.isatty():
        disable_progress_bars()
    with tempfile.TemporaryDirectory() as work:
        with reading(root):
            hub, release = publisher.prepare(repo, root, Path(work), standoff)
            plan = publisher.make_plan(hub, release, public)
            summary = publisher.summarize_changes(hub, plan, root)
        if form is Format.TEXT:
            say_lines("\n".join(publisher.plan_lines(plan, summary)))
        if not execute:
            _print_plan(form, publisher.plan_record(plan, summary, None))
            return
        home = Path(work) / "cache"
        commit = publisher.publish_release(hub, plan, home)
        if issues := verify.rows(hub, release.tag, release.configs, home):
            raise DataError(issues)
    if form is Format.JSON:
        _print_plan(form, publisher.plan_record(plan, summary, commit))
        return
    say()
    say(f"Published and verified: {repo} {release.tag}, commit {commit}")
    say(f"  {len(release.files):,} files have their SHA-256, {len(release.configs)} configs load with their rows")


def _print_plan(form: Format, record: dict[str, Any]) -> None:

    if form is Format.JSON:
        say_json(record, pretty=True)
    else:
        say()
        say("Nothing was sent. The same command with --execute publishes it.")


@app.command(epilog="Example: `pactwire hydrate release my-texts articles.jsonl --out dataset`")
def hydrate(
    folder: Annotated[Path, typer.Argument(help="Release without texts", exists=True, file_okay=False)],
    texts: Annotated[list[Path], typer.Argument(help="Text files, JSONL files, folders of them", exists=True)],
    out: Annotated[Path, typer.Option("--out", help="Folder to write, new or empty", file_okay=False)],
    no_wait: NoWaitOption = False,
) -> None:
    """Join a release without texts with texts that you have: the full release, digest for digest.

    Texts that can't be read are named; they do no harm as long as no article needs them.
    """
    from pactwire.release import hydrate as joiner

    with creating_folder(out, no_wait):
        made = joiner.hydrate(folder, texts, out)
    same = "every byte" if made.identical else "every digest"
    say(f"wrote {out}: {counted(made.articles, 'article')}, {same} that of the full release")
    if made.unused:
        say(f"  texts that no article needs: {made.unused:,}")
    if made.unread:
        say("  what could not be read, and no article needs:")
        print_issues(made.unread)
