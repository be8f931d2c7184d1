"""``pactwire withdraw``: takes articles out of a dataset and of what was made of it, and verifies that."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, print_issues, reading, writing
from pactwire.cli.terminal import ProgressCallback, counted, progress_bars, say, say_json
from pactwire.model import optional_packages
from pactwire.model.escapes import control_character_messages
from pactwire.model.issues import DataError, Issue

with lazy_imports():
    from pactwire.corpus import corpus, settings
    from pactwire.labelstudio import client, local_server, task_removal
    from pactwire.model import article_ids
    from pactwire.release import (
        article_removal,
        card_checks,
        git_history,
        hub,
        hub_history,
        hub_withdrawal,
        trace_search,
        withdrawal,
        withdrawal_check,
    )
    from pactwire.storage import files

app = typer.Typer()


@dataclass
class _Place:
    """What is done, or was found, in one place; ``record`` is the same as JSON."""

    title: str
    lines: list[str] = field(default_factory=list)
    record: Any = None
    issues: list[Issue] = field(default_factory=list)


@dataclass
class _Run:
    """The options of a run, and what it looks for."""

    root: Path
    articles: Sequence[str]
    search: "trace_search.TraceSearch"
    url: str
    repo: str
    execute: bool
    verify: bool
    on_hub: bool
    report: ProgressCallback


def _parse_article(value: str) -> str:
    if not article_ids.ARTICLE_ID.fullmatch(value):
        raise typer.BadParameter(f"{value!r} is not an article's id, which is sixteen hexadecimal digits")
    return value


@app.command(epilog="Example: `pactwire withdraw 5ccec2fc13046f9d`")
def withdraw(
    articles: Annotated[list[str], typer.Argument(help="Ids of articles.", parser=_parse_article, metavar="ARTICLE…")],
    root: RootOption = Path(),
    execute: Annotated[
        bool, typer.Option("--execute", help="Remove them; without it, only show what would be removed.")
    ] = False,
    on_hub: Annotated[
        bool,
        typer.Option(
            "--hub", help="With --execute, remove them from the Hub too, where this deletes tags and history."
        ),
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="List where they still are, in all revisions that can be reached.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why, on one line, for dataset/withdrawn.jsonl.")
    ] = None,
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Address of the Label Studio server, if nothing else names it.")
    ] = "",
    repo: Annotated[
        str, typer.Option("--repo", metavar="OWNER/NAME", help="Repository on the Hub; default: that of pactwire.toml.")
    ] = "",
    callback: Annotated[
        Path | None,
        typer.Option("--callback", help="Write a callback for git filter-repo that removes them from git's history."),
    ] = None,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Withdraw articles: from the folder and its caches, from Label Studio, and from the Hub.

    Without --execute, prints what would be removed from where, and changes nothing. dataset/withdrawn.jsonl keeps
    digests of them, by which `ingest` refuses them and --verify finds them. Git's history is read and never rewritten.
    LABEL_STUDIO_API_KEY and HF_TOKEN hold your tokens.
    """
    if reason is not None and (not reason or control_character_messages(reason, one_line=True)):
        raise typer.BadParameter("write it on one line", param_hint="--reason")
    if verify and execute:
        raise typer.BadParameter("it only reads; run it after --execute", param_hint="--verify")
    articles = [*dict.fromkeys(articles)]
    day = datetime.now(UTC).date().isoformat()
    places: list[_Place] = []
    try:
        with progress_bars("searching") as report:
            lock = partial(writing, root, no_wait) if execute else partial(reading, root)
            make_plan = partial(withdrawal.plan_withdrawal, root, articles, day, reason, report)
            plan = _withdraw_from_folder(root, lock, make_plan, execute)
            search = trace_search.TraceSearch(plan.tombstones)
            run = _Run(root, articles, search, url, repo or _repository(root), execute, verify, on_hub, report)
            places.append(_folder(run, plan))
            _git(run, callback, places)
            _label_studio(run, places)
            _hub(run, places)
    finally:  # what is done is said, whatever ended it
        if places:
            _print(places, run, form)
    if execute and form is Format.TEXT:
        say("next: commit; pactwire build; pactwire docs; raise the major version; pactwire withdraw ARTICLE --verify")
    if issues := [issue for place in places for issue in place.issues]:
        print_issues(issues, form)
        raise typer.Exit(1)


def _withdraw_from_folder(
    root: Path,
    lock: Callable[[], AbstractContextManager[None]],
    make_plan: "Callable[[], withdrawal.Withdrawal]",
    execute: bool,
) -> "withdrawal.Withdrawal":
    """Plan without the lock, which takes long, and carry the plan out; plan again, with it, if the dataset changed."""
    with lock():  # waits for other commands, and completes what one left
        pass
    try:
        plan = make_plan()
    except (DataError, OSError):  # another command may write just now
        plan = None
    with lock():
        if plan is None or not plan.is_current(root):
            plan = make_plan()
        if execute:
            withdrawal.carry_out(root, plan)
    return plan


def _repository(root: Path) -> str:
    """Return the dataset's repository on the Hub, unless it is a placeholder."""
    repo = settings.read_settings(root).repository
    return "" if card_checks.is_placeholder(repo) else repo


def _folder(run: _Run, plan: "withdrawal.Withdrawal") -> _Place:
    lines = [
        f"{place}: {count:,} {'marked as withdrawn' if place == article_removal.MARKED_PLACE else 'removed'}"
        for place, count in plan.counts().items()
    ]
    lines += [f"tombstone: {each.article}" for each in plan.new]
    lines += [f"{name} is a copy: {trace.describe()}; withdraw it too" for name, trace in plan.copies]
    lines += [f"{name}: {trace.describe()}; edit or delete it by hand" for name, trace in plan.traces]
    place = _Place("folder", lines or ["nothing to remove"], plan.as_json())
    if run.verify:
        with reading(run.root):
            place.issues = [*withdrawal_check.work_tree_issues(run.root, run.search)]
        place.lines = [] if place.issues else ["no traces in any file"]
    return place


def _git(run: _Run, callback: Path | None, places: list[_Place]) -> None:
    if not git_history.is_repository(run.root):
        return
    found = git_history.search_history(run.root, run.search, run.report)
    if callback:
        files.write_file(callback, git_history.rewrite_callback(found))
    place = _Place("git", [], {"objects": len(found.objects), "commits": found.commits, "refs": found.refs})
    if found.objects:
        commits = ", ".join(each[:10] for each in found.commits[:5]) + (" …" if len(found.commits) > 5 else "")
        place.lines = [
            f"{counted(len(found.objects), 'object')} with traces",
            f"brought by {counted(len(found.commits), 'commit')}: {commits}",
            f"reached from {', '.join(found.refs) or 'HEAD, the index or an earlier stash'}",
            "left as it is: rewriting changes the commits of everybody who has a clone; docs/withdraw.md says how",
        ]
    else:
        place.lines = ["no traces in any revision"]
    if run.verify:
        place.issues = [*withdrawal_check.history_issues(found), *withdrawal_check.shallow_issue(run.root)]
    places.append(place)


def _label_studio(run: _Run, places: list[_Place]) -> None:
    place = _Place("Label Studio")
    try:
        optional_packages.require("label")
        server = client.connect(run.root, run.url)
    except DataError as error:
        if _names_server(run) or local_server.was_pushed(run.root):
            places.append(_unreached(place, error, run, True))
        return
    places.append(place)
    with closing(server):
        try:
            with reading(run.root):
                data = corpus.load_corpus(run.root)
            found = task_removal.find_tasks(data, server, run.articles)
        except DataError as error:
            _unreached(place, error, run, True)
            return
        place.record = [each._asdict() for each in found]
        if run.execute:
            _delete_tasks(server, found, place, run.report)
        else:
            place.lines = [f"{each.line()}: deleted" for each in found]
    place.lines = place.lines or ["no tasks"]
    if run.verify:
        place.issues = [
            Issue(each.page, 1, withdrawal_check.CODE, f"{len(each.tasks):,} tasks show it") for each in found
        ]


def _delete_tasks(
    server: "client.Client", found: "Sequence[task_removal.ProjectTasks]", place: _Place, report: ProgressCallback
) -> None:
    """Delete tasks; the place says at any time how many are gone."""
    total, deleted = sum(len(each.tasks) for each in found), 0
    for each, record in zip(found, place.record, strict=True):
        record["deleted"] = 0
        place.lines.append(f"{each.title}: 0 of {len(each.tasks):,} tasks deleted")
        for count, _ in enumerate(task_removal.delete_tasks(server, each.tasks), 1):
            record["deleted"] = count
            place.lines[-1] = f"{each.title}: {count:,} of {len(each.tasks):,} tasks deleted"
            deleted += 1
            report("tasks that are deleted", deleted, total)
        place.lines[-1] = f"{each.line()}: deleted"


def _names_server(run: _Run) -> bool:
    """Say whether anything names a server, without the packages that reach it."""
    return bool(run.url or os.environ.get("LABEL_STUDIO_URL", "").strip() or settings.read_settings(run.root).url)


def _hub(run: _Run, places: list[_Place]) -> None:
    if not run.repo:
        return
    place = _Place(f"Hub {run.repo}")
    places.append(place)
    try:
        access = hub.HubClient(run.repo)
        if run.verify:
            _verify_hub(place, access, run)
            return
        plan = hub_withdrawal.plan_hub(access, run.search, run.root)
    except DataError as error:
        _unreached(place, error, run, is_used=run.verify or run.on_hub)
        return
    lines = [*plan.lines()] or ["no traces in any revision"]
    place.record = plan.as_json()
    if run.execute and run.on_hub and not plan.is_empty:
        place.record = {**place.record, "done": place.lines}
        with writing(run.root, no_wait=False):  # the folder keeps what is left to do
            for step in hub_withdrawal.withdraw_from_hub(access, plan, run.root):
                place.lines.append(step)
    elif run.execute and not plan.is_empty:
        lines.append("left as it is: run this with --hub too")
    place.lines = lines


def _verify_hub(place: _Place, access: "hub.HubClient", run: _Run) -> None:
    found = hub_history.search_hub(access, run.search, hub_withdrawal.former_commits(run.root, run.repo))
    place.record = {"commits": sorted(found.traces)}
    place.lines = [f"{counted(len(found.traces), 'commit')} with traces"]
    place.issues = [*withdrawal_check.hub_issues(run.repo, found)]


def _unreached(place: _Place, error: DataError, run: _Run, is_used: bool) -> _Place:
    place.lines = [f"not reached: {issue.message} ({issue.remedy})" for issue in error.issues]
    place.record = {"unreached": [issue.message for issue in error.issues]}
    if is_used and (run.execute or run.verify):
        place.issues = error.issues
    return place


def _print(places: Sequence[_Place], run: _Run, form: Format) -> None:
    if form is Format.JSON:
        if not run.verify:
            say_json({place.title: place.record for place in places}, pretty=True)
        return
    for place in places:
        say(f"{place.title}:")
        for line in place.lines:
            say(f"  {line}")
    say("beyond reach:")
    for line in withdrawal_check.BEYOND_REACH:
        say(f"  {line}")
    if not run.execute and not run.verify:
        say("nothing was changed; the same command with --execute removes this")
