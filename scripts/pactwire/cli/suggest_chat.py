"""``pactwire suggest --model openai:NAME``: drafts of every layer by a language model behind an endpoint."""

from collections import Counter
from itertools import count as counting
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, print_issues, reading, writing
from pactwire.cli.terminal import progress_bars, say, say_json, say_lines

with lazy_imports():
    from pactwire.corpus import corpus
    from pactwire.model import strict_json
    from pactwire.suggest import chat_model, model_drafts, prompt

KIND = "openai"


class ChatOptions(NamedTuple):
    """The options of the command that are for language models only."""

    base_url: str | None
    send_text_to: list[str]
    temperature: float | None
    labeled: bool
    show_prompt: bool
    estimate: bool
    refused: bool
    prices: tuple[float, float] | None


def suggest_chat(
    root: Path, name: str, articles: list[str], renew: bool, no_wait: bool, form: Format, options: ChatOptions
) -> None:
    """Draft articles, or show what would be sent."""
    endpoint = chat_model.Endpoint(name, options.base_url or chat_model.DEFAULT_URL, options.temperature)
    parts = urlsplit(endpoint.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise typer.BadParameter("it is not like http://localhost:8080/v1", param_hint="--base-url")
    if options.show_prompt or options.estimate:
        with reading(root):
            _show(corpus.load_corpus(root), endpoint, articles, form, options)
        return
    with writing(root, no_wait):
        model_drafts.check_consent(root, endpoint, options.send_text_to)
        data = corpus.load_corpus(root)
        wanted, labeled = model_drafts.wanted_articles(data, articles, options.labeled)
        _say_estimate(model_drafts.estimate(prompt.dataset_prompt(data), endpoint, wanted), options)
        done = counting(1)
        with progress_bars("suggesting") as advance:
            report = model_drafts.write_model_drafts(
                data, endpoint, wanted, renew, lambda: advance("articles", next(done), len(wanted))
            )
        report.drafts.articles["labeled"] = labeled
    if form is Format.JSON:
        say_json(report.as_json())
    else:
        _print_report(report, options)
    if report.drafts.issues:
        print_issues(report.drafts.issues, form)
        raise typer.Exit(1)


def _show(
    data: "corpus.Corpus", endpoint: "chat_model.Endpoint", articles: list[str], form: Format, options: ChatOptions
) -> None:
    """Print the prompt of each article, or an estimate; nothing is sent."""
    made = prompt.dataset_prompt(data)
    wanted, _ = model_drafts.wanted_articles(data, articles, options.labeled or options.show_prompt)
    if options.estimate:
        sent = model_drafts.estimate(made, endpoint, wanted)
        say_json(vars(sent)) if form is Format.JSON else _say_estimate(sent, options)
        return
    for article_id in wanted[:1] if not articles else wanted:
        article = data.articles[article_id]
        messages = made.messages(article, prompt.article_grounding(data, article))
        say_lines(prompt.show(messages, made.answer_schema) + "\n")


def _say_estimate(sent: "model_drafts.Sent", options: ChatOptions) -> None:
    price = f", about {_cost(options.prices, sent):.4f} for them" if options.prices else ""
    say(
        f"to {sent.host}: at most {sent.requests:,} requests with {sent.characters:,} characters, about "
        f"{sent.tokens_in:,} tokens (estimated{price}; answers come on top)",
        stderr=True,
    )


def _cost(prices: tuple[float, float] | None, sent: "model_drafts.Sent") -> float:
    tokens = sent.tokens_in, sent.tokens_out
    return sum(count * price for count, price in zip(tokens, prices or (0, 0), strict=True)) / 1_000_000


def _print_report(report: "model_drafts.ModelReport", options: ChatOptions) -> None:
    articles, sent = report.drafts.articles, report.sent
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(articles.items()) if count)
    say(f"{report.drafts.annotator['id']} {report.drafts.annotator['version']}: articles: {counts or 'none'}")
    say(f"labels: {', '.join(f'{count:,} {layer}' for layer, count in report.labels.items()) or 'none'}")
    reasons = Counter((refusal.layer, str(refusal.reason)) for _, refusal in report.refused)
    say(f"refused: {len(report.refused):,} labels")
    for (layer, reason), count in sorted(reasons.items()):
        say(f"  {layer}: {count:,}: {reason}")
    if options.refused:
        for article, refusal in report.refused:
            given = strict_json.compact(refusal.label)
            say(f"  {article} {refusal.layer} {refusal.attribute}: {refusal.reason}: {given}")
    cost = f", {_cost(options.prices, sent):.4f} by the prices given" if options.prices else ""
    say(
        f"sent to {sent.host}: {sent.requests:,} requests with {sent.characters:,} characters; reported: "
        f"{sent.tokens_in:,} tokens in, {sent.tokens_out:,} out{cost}; {report.cached:,} answers from the cache"
    )
    for name in report.drafts.renewed:
        say(f"renewed: {name}")
    for name in report.drafts.kept:
        say(f"kept: {name} (it differs; --renew replaces it, unless a person worked on it)")
