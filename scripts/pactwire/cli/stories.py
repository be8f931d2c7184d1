"""``pactwire stories``: which articles tell of one event, and rows for newcomers in dataset/splits.csv."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, reading, writing
from pactwire.cli.terminal import counted, say, say_json, say_lines, track

if TYPE_CHECKING:
    from pactwire.stories.proposals import Proposal

app = typer.Typer()


@app.command(epilog="Example: `pactwire stories --write`")
def stories(
    root: RootOption = Path(),
    write: Annotated[bool, typer.Option("--write", help="Add the rows to dataset/splits.csv.")] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Propose a story and a split for each article that has no row in dataset/splits.csv, with the evidence.

    Rows that stand there are never changed, but for those of articles that are gone: they become `withdrawn`.
    An article that belongs to stories of two splits is `excluded`.
    """
    from pactwire.corpus import corpus
    from pactwire.corpus.splits import SPLITS_FILE
    from pactwire.storage import staging
    from pactwire.stories import proposals, registry

    with writing(root, no_wait) if write else reading(root):
        data = corpus.load_corpus(root)
        found = proposals.propose(data, lambda ids: track(ids, "reading", "articles"))
        before = [row for _, row in data.splits]
        standing = registry.mark_withdrawn(before, data.articles)
        gone = sum(row != old for row, old in zip(standing, before, strict=True))
        changed = bool(found or gone)
        if write and changed:
            content = registry.render_csv([*standing, *(each.row for each in found)])
            staging.replace_file(root, root / SPLITS_FILE, content)
    for proposal in found:
        if form is Format.JSON:
            say_json(proposal.record())
        else:
            say_lines(_format_proposal(proposal))
    if gone and form is Format.TEXT:
        say(f"withdrawn: {counted(gone, 'article')} of dataset/splits.csv that are gone")
    if write and changed:
        say(f"wrote {counted(len(found), 'new row')} to {SPLITS_FILE}", stderr=True)
    elif not changed:
        say("every article has its row", stderr=True)


def _format_proposal(proposal: "Proposal") -> str:
    article, story, split = proposal.row
    lines = [f"{article}: {split}, story {story if story != article else 'of its own'}"]
    if proposal.bridged:
        named = " and ".join(f"{row.story} ({row.split})" for row in proposal.bridged)
        lines.append(f"  it would join {named}")
    for each in proposal.evidence:
        what = "near copy of" if each.kind == "copy" else "same event as"
        lines.append(f"  {each.score:.3f} {what} {each.other}: {', '.join(each.shared)}")
    return "\n".join(lines)
