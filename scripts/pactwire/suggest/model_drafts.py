"""Drafts of articles by a language model: consent, requests, answers, and what was sent where."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.new_document import new_document
from pactwire.model.records import Annotator, Article, Document, Status
from pactwire.storage import files
from pactwire.storage.result_cache import ResultCache
from pactwire.storage.staging import Staging
from pactwire.suggest.answer_reader import AnswerReader, Refusal
from pactwire.suggest.chat_model import ChatModel, Endpoint, Reply, parse_answer
from pactwire.suggest.draft_writer import DraftReport, stage_draft
from pactwire.suggest.lexicon import NEVER_LABELED
from pactwire.suggest.models import model_annotator
from pactwire.suggest.prompt import Prompt, article_grounding, dataset_prompt
from pactwire.text import zones

HOSTS_FILE: Final = ".pactwire/text-hosts.json"
CACHE_FOLDER: Final = ".pactwire/answers"
CACHE_VERSION: Final = digests.sha256("answers of language models, 1")
CHARACTERS_PER_TOKEN: Final = 3
"""By which tokens are estimated: about four in English, two and less in other scripts."""


@dataclass
class Sent:
    """What was sent to a host, or would be: requests, articles' characters, and tokens."""

    host: str
    requests: int = 0
    characters: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass
class ModelReport:
    """The result of drafting by a language model; ``drafts`` counts articles as for any draft."""

    drafts: DraftReport
    sent: Sent
    labels: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    cached: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        reasons = Counter(f"{refusal.layer}: {refusal.reason}" for _, refusal in self.refused)
        return {
            **self.drafts.as_json(), "labels": dict(self.labels), "refused": dict(sorted(reasons.items())),
            "cached": self.cached, "sent": vars(self.sent),
        }  # fmt: skip


def check_consent(root: Path, endpoint: Endpoint, named: Iterable[str]) -> None:
    """Check that text may be sent to the host of an endpoint, and remember the hosts that are ``named``.

    Raises DataError (suggest-host) unless it is this machine, or was named for this dataset now or before.
    """
    path = root / HOSTS_FILE
    known = files.read_json(path, HOSTS_FILE) if path.is_file() else []
    hosts = {str(each) for each in known} if isinstance(known, list) else set()
    hosts |= {each.lower() for each in named}
    if not endpoint.is_local and endpoint.host not in hosts:
        message = f"articles would be sent to {endpoint.host or endpoint.url!r}, which nobody allowed"
        raise DataError([Issue(endpoint.host or endpoint.url, 1, "suggest-host", message)])
    if hosts:
        files.write_file(path, strict_json.pretty(sorted(hosts)))


def wanted_articles(data: Corpus, ids: Sequence[str], with_labeled: bool) -> tuple[list[str], int]:
    """Return the articles to draft, and the number of labeled ones that are left out.

    Raises DataError (unknown-article). An article is labeled if some layer of it is more than a draft.
    """
    if missing := [each for each in ids if each not in data.articles]:
        raise DataError([Issue("dataset/raw", 1, "unknown-article", f"there is no article {each}") for each in missing])
    wanted = [each for each in ids or list(data.articles) if with_labeled or not _is_labeled(data, each)]
    return wanted, len(ids or data.articles) - len(wanted)


def _is_labeled(data: Corpus, article: str) -> bool:
    return any(
        layer in stored.document and (stored.annotator == FINAL or stored.document["status"][layer] != Status.DRAFT)
        for stored in data.documents_of(article)
        for layer in data.schema.layers
    )


def estimate(prompt: Prompt, endpoint: Endpoint, wanted: Iterable[str]) -> Sent:
    """Return what drafts of some articles would send if none is cached; tokens are estimated, those of answers not."""
    sent = Sent(endpoint.host)
    for article_id in wanted:
        article = prompt.data.articles[article_id]
        messages = prompt.messages(article, article_grounding(prompt.data, article))
        characters = sum(len(message["content"]) for message in messages)
        sent.requests += 1
        sent.characters += characters
        sent.tokens_in += characters // CHARACTERS_PER_TOKEN
    return sent


def write_model_drafts(
    data: Corpus, endpoint: Endpoint, wanted: Sequence[str], renew: bool, advance: Callable[[], None]
) -> ModelReport:
    """Write a draft of each article by a language model; those that exist and differ are kept unless ``renew`` is set.

    Whole answers are cached, so that a run that was stopped goes on where it was. When the server can't be asked, the
    drafts up to there are written and the issue is in the report.
    """
    prompt = dataset_prompt(data)
    identity = model_annotator("openai", endpoint.model, "")
    report = ModelReport(DraftReport(identity), Sent(endpoint.host))
    model = ChatModel(endpoint, ResultCache(data.root / CACHE_FOLDER, CACHE_VERSION))
    try:
        with Staging(data.root) as staging:
            for number, article_id in enumerate(wanted):
                try:
                    draft = _draft(prompt, model, data.articles[article_id], report)
                    stage_draft(data, draft, data.documents_of(article_id), renew, report.drafts, staging)
                except DataError as error:
                    report.drafts.issues += error.issues
                    report.drafts.articles["without an answer"] += 1
                    if any(issue.code == "suggest-request" for issue in error.issues):
                        report.drafts.articles["not asked"] += len(wanted) - number - 1
                        break
                advance()
            staging.publish()
    finally:
        model.close()
    return report


def _draft(prompt: Prompt, model: ChatModel, article: Article, report: ModelReport) -> Document:
    grounding = article_grounding(prompt.data, article)
    messages = prompt.messages(article, grounding)
    reply = model.cached(messages, prompt.answer_schema)
    if reply:
        report.cached += 1
    else:
        report.sent.requests += 1
        report.sent.characters += sum(len(message["content"]) for message in messages)
        reply = model.ask(messages, prompt.answer_schema, article["id"])
        report.sent.tokens_in += reply.tokens_in
        report.sent.tokens_out += reply.tokens_out
    name = report.drafts.annotator
    version = f"{reply.model}, prompt {prompt.digest[:12]}, {reply.sampling}"
    annotator: Annotator = {**name, "version": version}
    report.drafts.annotator = annotator
    reader = AnswerReader(prompt.data.schema, grounding, prompt.data.links, prompt.data.topics, annotator["id"])
    found = reader.read(parse_answer(reply.content, report.sent.host, article["id"]))
    report.refused += [(article["id"], refusal) for refusal in found.refusals]
    for layer, labels in found.layers.items():
        report.labels[layer] += len(labels) if isinstance(labels, list) else 1
    return _document(prompt.data, article, found.layers, annotator, reply)


def _document(data: Corpus, article: Article, labels: dict[str, Any], annotator: Annotator, reply: Reply) -> Document:
    own_zones = data.zones(article)
    by_rule = all(zone["by"] == [zones.ANNOTATOR["id"]] for zone in own_zones)
    layers = {**({"zones": own_zones} if by_rule else {}), **labels}
    finals = (stored.document for stored in data.documents if stored.annotator == FINAL)
    newest = max(((each["updated"], each["guidelines"]) for each in finals), default=NEVER_LABELED)
    return new_document(
        data.schema,
        article=article["id"],
        text_sha256=article["source_sha256"],
        guidelines=newest[1],
        annotators=[annotator, *([zones.ANNOTATOR] if by_rule else [])],
        status=dict.fromkeys(layers, Status.DRAFT),
        created=reply.received,
        updated=reply.received,
        derived_from=[],
        layers=layers,
    )
