"""``pactwire suggest``: drafts of annotations for articles that have none."""

from itertools import count as counting
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, NoWaitOption, RootOption, print_issues, reading, writing
from pactwire.cli.suggest_chat import KIND, ChatOptions, suggest_chat
from pactwire.cli.terminal import progress_bars, say, say_json, say_lines

with lazy_imports():
    from pactwire.corpus import corpus
    from pactwire.storage import generated_blocks
    from pactwire.suggest import draft_writer, models, name_layer
    from pactwire.suggest import leave_one_out as evaluation

app = typer.Typer()


@app.command(epilog="Example: `pactwire suggest --model spacy:fr_core_news_sm`")
def suggest(
    articles: Annotated[list[str] | None, typer.Argument(help="Ids of articles; default: all.")] = None,
    root: RootOption = Path(),
    model: Annotated[
        str | None,
        typer.Option(
            help="A model that adds names: spacy:PIPELINE or gliner:MODEL, by name or folder. Or a language model that "
            "drafts every layer: openai:NAME."
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="openai: the address of the endpoint, such as http://localhost:8080/v1.")
    ] = None,
    send_text_to: Annotated[
        list[str] | None,
        typer.Option(help="openai: a host that articles may be sent to; remembered. This machine needs none."),
    ] = None,
    show_prompt: Annotated[
        bool, typer.Option("--show-prompt", help="openai: print the prompt of an article; send nothing.")
    ] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="openai: print how much would be sent; send nothing.")
    ] = False,
    prices: Annotated[
        tuple[float, float] | None, typer.Option(help="openai: prices of a million tokens in and out.", min=0)
    ] = None,
    temperature: Annotated[float, typer.Option(help="openai: the sampling temperature.", min=0)] = 0,
    labeled: Annotated[
        bool, typer.Option("--labeled", help="openai: draft labeled articles too, to measure the model on them.")
    ] = False,
    refused: Annotated[bool, typer.Option("--refused", help="openai: list every label that was refused.")] = False,
    renew: Annotated[bool, typer.Option("--renew", help="Replace drafts from earlier names or versions.")] = False,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Write nothing; draft labeled articles as if new, and compare.")
    ] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Draft names in unlabeled articles, from those in final documents and links.tsv; openai:NAME drafts every layer.

    Drafts have the layer that the schema declares as names. Inflected forms are found as well. An ambiguous name gets
    no link. Drafts go to annotations/ANNOTATOR/, from where `pactwire label push` takes them.
    """
    kind, _, name = (model or "").partition(":")
    if kind == KIND:
        _check_chat_name(name, leave_one_out)
        options = ChatOptions(
            base_url, send_text_to or [], temperature, labeled, show_prompt, estimate, refused, prices
        )
        suggest_chat(root, name, articles or [], renew, no_wait, form, options)
        return
    if base_url or send_text_to or show_prompt or estimate or prices or labeled or refused:
        raise typer.BadParameter("some options are for language models only: openai:NAME", param_hint="--model")
    if model is not None and (model.partition(":")[0] not in models.MODEL_LOADERS or not model.partition(":")[2]):
        raise typer.BadParameter(f"{model!r} is not like spacy:fr_core_news_sm", param_hint="--model")
    if leave_one_out and (articles or renew):
        raise typer.BadParameter("it drafts all labeled articles, and writes none", param_hint="--leave-one-out")
    loaded = models.load_model(model) if model else None
    if leave_one_out:
        with reading(root):
            _print_leave_one_out(corpus.load_corpus(root), loaded, form)
        return
    with writing(root, no_wait):
        data = corpus.load_corpus(root)
        report = _write_drafts(data, articles or list(data.articles), loaded, renew)
    if form is Format.JSON:
        say_json(report.as_json())
    else:
        _print_result(report)
    if report.issues:
        print_issues(report.issues, form)
        raise typer.Exit(1)


def _check_chat_name(name: str, leave_one_out: bool) -> None:
    """Raise BadParameter if a language model has no name on one line, or is to be measured on names alone."""
    if not name.strip() or not name.isprintable():
        raise typer.BadParameter(f"{name!r} is no name of a model on one line", param_hint="--model")
    if leave_one_out:
        folder = models.model_annotator(KIND, name, "")["id"]
        message = f"run `pactwire suggest --model {KIND}:{name} --labeled`, and then `pactwire score "
        message += f"annotations/{folder} --split all`: they measure all layers that a language model drafts"
        raise typer.BadParameter(message, param_hint="--leave-one-out")


def _write_drafts(
    data: "corpus.Corpus", wanted: list[str], model: "models.Model | None", renew: bool
) -> "draft_writer.DraftReport":
    done = counting(1)
    with progress_bars("suggesting") as advance:
        return draft_writer.write_drafts(
            data, wanted, model, renew, lambda: advance("articles", next(done), len(wanted))
        )


def _print_result(report: "draft_writer.DraftReport") -> None:
    articles, mentions = report.articles, report.mentions
    say(
        f"{report.annotator['id']} {report.annotator['version']}: {articles['drafted']:,} articles drafted, "
        f"{articles['same']:,} drafts unchanged, {articles['labeled']:,} articles already labeled"
    )
    linked = f", {mentions['with link']:,} with and {mentions['without link']:,} without a link"
    say(f"{mentions['drafted']:,} mentions in these drafts{linked if 'with link' in mentions else ''}")
    if articles["drafted"] and not mentions["drafted"]:
        say("known names are those of annotations/final, and the rows of annotations/links.tsv that have a type")
    if mentions["left out"]:
        say(f"{mentions['left out']:,} mentions left out, because the schema does not allow such a label")
    for what, count in sorted(report.model.items()):
        say(f"  model: {count:,} {what}")
    for name in report.renewed:
        say(f"renewed: {name}")
    for name in report.kept:
        say(f"kept: {name} (it differs; --renew replaces it, unless a person worked on it)")


def _print_leave_one_out(data: "corpus.Corpus", model: "models.Model | None", form: Format) -> None:
    """Print how drafts that do not use the article's own labels compare with these labels."""
    measured = list(evaluation.evaluate_drafts(data, model))
    layer = name_layer.drafted_layer(data)
    if form is Format.JSON:
        for each in measured:
            say_json({"article": each.article, "language": each.language, **each.counts})
        return
    for heading, columns in (
        ("Mentions:\n", evaluation.mention_columns(layer)),
        ("\nNames:\n", evaluation.NAME_COLUMNS),
    ):
        rows = [[each.article or "all", each.language, *map(each.counts.__getitem__, columns)] for each in measured]
        say_lines(heading)
        say_lines(generated_blocks.markdown_table(["article", "language", *columns], rows))
    if len(measured) == 1:
        say(f"no final document has {layer.name}", stderr=True)
