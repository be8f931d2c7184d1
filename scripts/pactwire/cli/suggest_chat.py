"""``pactwire suggest --model openai:NAME``: drafts of every layer by a language model behind an endpoint."""

from collections import Counter
from itertools import count as counting
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, print_issues, reading, writing
from pactwire.cli.terminal import counted, progress_bars, say, say_json, say_lines
from pactwire.model.issues import DataError

with lazy_imports():
    from pactwire.corpus import corpus
    from pactwire.model import strict_json
    from pactwire.suggest import endpoint as endpoints
    from pactwire.suggest import model_drafts, prompt

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
    """Draft articles, or show what would be sent. The model is asked while other commands may write."""
    endpoint = _endpoint(name, options)
    if options.show_prompt or options.estimate:
        with reading(root):
            _show(corpus.load_corpus(root), endpoint, articles, form, options)
        return
    with writing(root, no_wait):
        endpoints.check_consent(root, endpoint, options.send_text_to)
        data = corpus.load_corpus(root)
        wanted, labeled = model_drafts.wanted_articles(data, articles, options.labeled)
        drafting = model_drafts.ModelDrafting(prompt.dataset_prompt(data), endpoint)
        _say_estimate(drafting.estimate(wanted), options)
    report = drafting.report
    report.drafts.articles["labeled"] = labeled
    _ask(drafting, wanted, options)
    try:
        with writing(root, no_wait=False):
            drafting.write(corpus.load_corpus(root), renew, options.labeled)
    except DataError as error:
        report.drafts.issues += error.issues
        report.drafts.articles["answered, but not written"] = len(drafting.answered)
    if form is Format.JSON:
        say_json({**report.as_json(), "sent": _sent_json(report.sent, options)})
    else:
        _print_report(report, options)
    if report.drafts.issues:
        print_issues(report.drafts.issues, form)
        raise typer.Exit(1)


def _endpoint(name: str, options: ChatOptions) -> "endpoints.Endpoint":
    """Return the endpoint that options name; a usage error repeats no address, since it may have a password."""
    endpoint = endpoints.Endpoint(name, options.base_url or endpoints.DEFAULT_URL, options.temperature)
    try:
        _ = endpoint.host
    except ValueError:
        message = "it is not like http://localhost:8080/v1; users, passwords and queries have no place in it"
        raise typer.BadParameter(message, param_hint="--base-url") from None
    try:
        _ = [*map(endpoints.host_name, options.send_text_to)]
    except ValueError:
        raise typer.BadParameter("it is no host, such as api.openai.com", param_hint="--send-text-to") from None
    for option, numbers in (("--prices", options.prices or ()), ("--temperature", (options.temperature or 0,))):
        if not all(map(isfinite, numbers)):
            raise typer.BadParameter("it is no number", param_hint=option)
    return endpoint


def _ask(drafting: "model_drafts.ModelDrafting", wanted: list[str], options: ChatOptions) -> None:
    done = counting(1)
    try:
        with progress_bars("asking about") as advance:
            advance("articles", 0, len(wanted))
            drafting.ask(wanted, lambda: advance("articles", next(done), len(wanted)))
    except KeyboardInterrupt:
        _say_sent(drafting.report.sent, options)
        say("no draft was written; what was answered is not asked again", stderr=True)
        raise


def _show(
    data: "corpus.Corpus", endpoint: "endpoints.Endpoint", articles: list[str], form: Format, options: ChatOptions
) -> None:
    """Print the prompt of each article, or an estimate; nothing is sent."""
    made = prompt.dataset_prompt(data)
    wanted, _ = model_drafts.wanted_articles(data, articles, options.labeled or options.show_prompt)
    drafting = model_drafts.ModelDrafting(made, endpoint)
    if options.estimate:
        sent = drafting.estimate(wanted)
        say_json(_sent_json(sent, options)) if form is Format.JSON else _say_estimate(sent, options)
        return
    for article_id in wanted[:1] if not articles else wanted:
        say_lines(prompt.show(drafting.request(article_id).messages, made.answer_schema) + "\n")


def _say_estimate(sent: "model_drafts.Sent", options: ChatOptions) -> None:
    price = f", for about {_cost(options.prices, sent):.4f}" if options.prices else ""
    amount = f"{_amount(sent)}, about {sent.tokens_in:,} tokens{price} (those of answers come on top)"
    say(
        f"to send to {sent.host}: {amount if sent.requests else 'nothing'}; cached: {counted(sent.cached, 'answer')}",
        stderr=True,
    )


def _amount(sent: "model_drafts.Sent") -> str:
    return f"{counted(sent.requests, 'request')} with {counted(sent.characters, 'character')}"


def _sent_json(sent: "model_drafts.Sent", options: ChatOptions) -> dict[str, Any]:
    return {**vars(sent), "cost": _cost(options.prices, sent) if options.prices else None}


def _cost(prices: tuple[float, float] | None, sent: "model_drafts.Sent") -> float:
    tokens = sent.tokens_in, sent.tokens_out
    return sum(count * price for count, price in zip(tokens, prices or (0, 0), strict=True)) / 1_000_000


def _print_report(report: "model_drafts.ModelReport", options: ChatOptions) -> None:
    drafts = report.drafts
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(drafts.articles.items()) if count)
    say(f"{drafts.annotator['id']} {drafts.annotator['version']}".rstrip() + f": articles: {counts or 'none'}")
    say(f"labels: {', '.join(f'{count:,} {layer}' for layer, count in report.labels.items()) or 'none'}")
    reasons = Counter((refusal.layer, str(refusal.reason)) for _, refusal in report.refused)
    hint = " (--refused lists them)" if report.refused and not options.refused else ""
    say(f"refused: {counted(len(report.refused), 'label')}{hint}")
    for (layer, reason), count in sorted(reasons.items()):
        say(f"  {layer}: {count:,}: {reason}")
    if options.refused:
        for article, refusal in report.refused:
            given = strict_json.compact(refusal.label)
            place = " ".join(filter(None, (article, refusal.layer, refusal.attribute)))
            say(f"  {place}: {refusal.reason}: {given}")
    _say_sent(report.sent, options)
    if report.cut:
        answers = counted(report.cut, "answer")
        say(
            f"note: {answers} to prompts that the server cut, by its count of tokens: its context is too small",
            stderr=True,
        )
    for name in drafts.renewed:
        say(f"renewed: {name}")
    for name in drafts.kept:
        say(f"kept: {name} (it differs; --renew replaces it, unless a person worked on it)")
    if drafts.articles["drafted"] + drafts.articles["renewed"]:
        name = drafts.annotator["id"]
        measure = f"pactwire score annotations/{name} --split all, which compares them with people's labels"
        say(f"next: {measure if options.labeled else 'pactwire label push, which shows them to annotators'}")


def _say_sent(sent: "model_drafts.Sent", options: ChatOptions) -> None:
    cost = f", {_cost(options.prices, sent):.4f} by the prices given" if options.prices else ""
    say(
        f"sent to {sent.host}: {_amount(sent)}; reported: {sent.tokens_in:,} tokens in, {sent.tokens_out:,} out{cost}; "
        f"from the cache: {counted(sent.cached, 'answer')}"
    )
