"""``pactwire stories``: which articles report the same event, and rows of dataset/splits.csv for new articles."""

from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, reading, writing
from pactwire.cli.terminal import counted, say, say_json, say_lines, track

with lazy_imports():
    from pactwire.corpus import corpus, splits
    from pactwire.storage import staging
    from pactwire.stories import proposals, registry

app = typer.Typer()


@app.command(epilog="Example: `pactwire stories --write`")
def stories(
    root: RootOption = Path(),
    write: Annotated[bool, typer.Option("--write", help="Add the rows to dataset/splits.csv.")] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Propose a story and a split, with evidence, for each article that has no row in dataset/splits.csv.

    Existing rows never change, except those of articles that no longer exist: they become `withdrawn`.
    An article that belongs to stories in two splits is `excluded`.
    """
    with writing(root, no_wait) if write else reading(root):
        data = corpus.load_corpus(root)
        proposed = proposals.propose(data, lambda ids: track(ids, "reading", "articles"))
        before = [row for _, row in data.splits]
        kept = registry.mark_withdrawn(before, data.articles)
        withdrawn = sum(row != old for row, old in zip(kept, before, strict=True))
        rows = registry.with_folds([*kept, *(proposal.row for proposal in proposed)], data.settings.folds)
        filled = sum(row[3:] != old[3:] for row, old in zip(rows, before, strict=False))
        changed = rows != before
        if write and changed:
            staging.replace_file(root, root / splits.SPLITS_FILE, registry.render_csv(rows))
    for proposal in proposed:
        if form is Format.JSON:
            say_json(proposal.record())
        else:
            say_lines(_format_proposal(proposal))
    if withdrawn and form is Format.TEXT:
        say(f"withdrawn: {counted(withdrawn, 'article')} of dataset/splits.csv that no longer exist")
    if filled and form is Format.TEXT:
        say(f"given a group and a fold: {counted(filled, 'row')} of dataset/splits.csv")
    if write and changed:
        say(f"wrote {counted(len(proposed), 'new row')} to {splits.SPLITS_FILE}", stderr=True)
    elif not changed:
        say("every article has its row", stderr=True)


def _format_proposal(proposal: "proposals.Proposal") -> str:
    article, story, split = proposal.row[:3]
    lines = [f"{article}: {split}, story {story if story != article else 'of its own'}"]
    if proposal.bridged:
        named = " and ".join(f"{row.story} ({row.split})" for row in proposal.bridged)
        lines.append(f"  it would join {named}")
    for each in proposal.evidence:
        relation = "near duplicate of" if each.kind == "copy" else "same event as"
        lines.append(f"  {each.score:.3f} {relation} {each.other}: {', '.join(each.shared)}")
    return "\n".join(lines)
