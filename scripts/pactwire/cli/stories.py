"""``pactwire stories``: which articles report the same event, and rows of dataset/splits.csv for new articles."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, reading, writing
from pactwire.cli.terminal import counted, say, say_json, say_lines, track

with lazy_imports():
    from pactwire.corpus import corpus, splits
    from pactwire.storage import staging
    from pactwire.stories import proposals, registry

app = typer.Typer()

_RELATIONS: Final = {"copy": "near duplicate of", "event": "same event as", "related": "related to"}
"""What each kind of evidence is called."""


@app.command(epilog="Example: `pactwire stories --write`")
def stories(
    root: RootOption = Path(),
    write: Annotated[bool, typer.Option("--write", help="Add the rows to dataset/splits.csv.")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Propose a row for every article, whatever rows there are.")
    ] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Propose a story, a group and a split, with evidence, for each article that has no row in dataset/splits.csv.

    Existing rows never change, except those of articles that no longer exist: they become `withdrawn`.
    An article that belongs to stories in two splits is `excluded`. With --anew, all rows are proposed again.
    """
    with writing(root, no_wait) if write else reading(root):
        data = corpus.load_corpus(root)
        proposed, languages = proposals.propose(data, lambda ids: track(ids, "reading", "articles"), anew)
        before = [row for _, row in data.splits]
        marked = registry.mark_withdrawn(before, data.articles)
        withdrawn = sum(row != old for row, old in zip(marked, before, strict=True))
        kept = [row for row in marked if row.article not in data.articles] if anew else marked
        rows = registry.with_folds([*kept, *(proposal.row for proposal in proposed)], data.settings.folds)
        old = {row.article: row for row in before}
        filled = sum(row.article in old and row[3:] != old[row.article][3:] for row in rows) if not anew else 0
        changed = rows != before
        if write and changed:
            staging.replace_file(root, root / splits.SPLITS_FILE, registry.render_csv(rows))
    for proposal in proposed:
        if form is Format.JSON:
            say_json(proposal.record())
        else:
            say_lines(_format_proposal(proposal))
    if proposed and form is Format.TEXT:
        say_lines(_format_balance(rows, languages, data.settings.shares))
    if withdrawn and form is Format.TEXT:
        say(f"withdrawn: {counted(withdrawn, 'article')} of dataset/splits.csv that no longer exist")
    if filled and form is Format.TEXT:
        say(f"given a group and a fold: {counted(filled, 'row')} of dataset/splits.csv")
    if write and changed:
        say(f"wrote {counted(len(proposed), 'new row')} to {splits.SPLITS_FILE}", stderr=True)
    elif not changed:
        say("every article has its row", stderr=True)


def _format_proposal(proposal: "proposals.Proposal") -> str:
    article, story, split, group = proposal.row[:4]
    lines = [f"{article}: {split}, story {story if story != article else 'of its own'}"]
    if group not in ("", story):
        lines[0] += f", group {group}"
    if proposal.bridged:
        named = " and ".join(f"{row.story} ({row.split})" for row in proposal.bridged)
        lines.append(f"  it would join {named}")
    for each in proposal.evidence:
        lines.append(f"  {each.score:.2f} {_RELATIONS[each.kind]} {each.other}: {', '.join(each.shared)}")
    return "\n".join(lines)


def _format_balance(
    rows: "Sequence[splits.SplitRow]", languages: Mapping[str, str], shares: Mapping[str, float]
) -> str:
    """Return how many articles, groups and articles in each language every split has, beside its share."""
    total = sum(row.split in splits.SPLITS for row in rows)
    lines = []
    for split in splits.SPLITS:
        of_split = [row for row in rows if row.split == split]
        groups = len({row.group for row in of_split})
        counts = Counter(languages[row.article] for row in of_split if row.article in languages)
        listed = ", ".join(f"{language} {number:,}" for language, number in counts.most_common())
        share = len(of_split) / max(1, total)
        what = f"{counted(len(of_split), 'article')} in {counted(groups, 'group')}"
        lines.append(f"{split}: {what}, {share:.1%} of {shares[split]:.0%}" + (f" ({listed})" if listed else ""))
    return "\n".join(lines)
