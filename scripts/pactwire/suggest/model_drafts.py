"""Drafts of articles by a language model: what is asked, what became of the answers, and what was sent where.

Asking takes long, and needs no lock: answers are kept as they come (`pactwire.suggest.replies`). Drafts are made of
them afterwards, all at once, of the dataset as it is then.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.guidelines import stated_version
from pactwire.model.issues import DataError, Issue
from pactwire.model.new_document import new_document
from pactwire.model.records import Annotator, Article, Document, Status
from pactwire.storage.staging import Staging
from pactwire.suggest.answer_reader import AnswerReader, Refusal
from pactwire.suggest.chat_model import ChatModel
from pactwire.suggest.draft_writer import DraftReport, check_folder, is_more_than_draft, stage_draft
from pactwire.suggest.endpoint import Endpoint
from pactwire.suggest.lexicon import NEVER_LABELED
from pactwire.suggest.models import model_annotator
from pactwire.suggest.prompt import Prompt, article_grounding, article_lines
from pactwire.suggest.replies import Reply, ReplyCache, parse_answer
from pactwire.text import zones

CHARACTERS_PER_TOKEN: Final = 3
"""By which tokens are estimated: about four in English, two and less in other scripts."""
MOST_CHARACTERS_PER_TOKEN: Final = 6
"""With more in a token than this, a server did not read the whole prompt."""


@dataclass
class Sent:
    """What was sent to a host, or would be: requests, the characters of their messages, and tokens.

    ``cached`` counts the answers that need no request.
    """

    host: str
    requests: int = 0
    characters: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0


@dataclass
class ModelReport:
    """The result of drafting by a language model; ``drafts`` counts articles as for any draft.

    ``cut`` counts the answers to prompts of which the server read less than all, by the tokens that it counted.
    """

    drafts: DraftReport
    sent: Sent
    labels: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    cut: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON, but for what was sent."""
        reasons = Counter(f"{refusal.layer}: {refusal.reason}" for _, refusal in self.refused)
        counts = {"labels": dict(self.labels), "refused": dict(sorted(reasons.items())), "cut": self.cut}
        return {**self.drafts.as_json(), **counts}


class Request(NamedTuple):
    """What is asked about an article: its lines as the model is shown them, the messages, and the key of the reply."""

    article: str
    lines: str
    messages: list[dict[str, str]]
    key: bytes

    @property
    def characters(self) -> int:
        """The characters of the messages."""
        return sum(len(message["content"]) for message in self.messages)


class Answered(NamedTuple):
    """A request about an article whose answer is known: the lines that were shown, and the key of the reply."""

    article: str
    lines: str
    key: bytes
    reply: Reply


class ModelDrafting:
    """Drafts articles of a dataset by the model of an endpoint: `ask`, then `write`; both fill in ``report``.

    ``answered`` are the articles whose answers are known, and not yet written.
    """

    def __init__(self, prompt: Prompt, endpoint: Endpoint) -> None:
        self.report = ModelReport(DraftReport(model_annotator("openai", endpoint.model, "")), Sent(endpoint.host))
        self._prompt = prompt
        self._endpoint = endpoint
        self._cache = ReplyCache(prompt.data.root, endpoint)
        self._guidelines = _guidelines_version(prompt.data)
        self.answered: list[Answered] = []

    def request(self, article_id: str) -> Request:
        """Return what is asked about an article."""
        article = self._prompt.data.articles[article_id]
        grounding = article_grounding(self._prompt.data, article)
        messages = self._prompt.messages(article, grounding)
        key = self._cache.key(messages, self._prompt.answer_schema)
        return Request(article_id, article_lines(grounding), messages, key)

    def estimate(self, wanted: Iterable[str]) -> Sent:
        """Return what drafts of some articles would send; tokens are estimated, those of answers not."""
        sent = Sent(self._endpoint.host)
        for request in map(self.request, wanted):
            if self._cache.get(request.key):
                sent.cached += 1
            else:
                sent.requests += 1
                sent.characters += request.characters
                sent.tokens_in += request.characters // CHARACTERS_PER_TOKEN
        return sent

    def ask(self, wanted: Sequence[str], advance: Callable[[], None]) -> None:
        """Ask the model about each article whose answer is not cached; whole answers are cached at once.

        When the server can't be asked, the others are not asked, and the issue is in the report.

        Args:
            wanted: The ids of the articles.
            advance: Called after each article.

        Raises:
            DataError: missing-extra, suggest-key, suggest-folder; then nothing was asked.
        """
        check_folder(self._prompt.data, self.report.drafts.annotator)
        model = ChatModel(self._endpoint)
        try:
            for number, article_id in enumerate(wanted):
                try:
                    self._ask_about(self.request(article_id), model)
                except DataError as error:
                    self._note(error.issues, "without an answer")
                    if any(issue.code == "suggest-request" for issue in error.issues):
                        self.report.drafts.articles["not asked"] += len(wanted) - number - 1
                        break
                advance()
        finally:
            model.close()

    def _ask_about(self, request: Request, model: ChatModel) -> None:
        sent, reply = self.report.sent, self._cache.get(request.key)
        if reply:
            sent.cached += 1
        else:
            requests = model.requests
            try:
                reply = model.ask(request.messages, self._prompt.answer_schema, request.article)
            finally:
                sent.requests += model.requests - requests
                sent.characters += (model.requests - requests) * request.characters
            sent.tokens_in += reply.tokens_in
            sent.tokens_out += reply.tokens_out
            if not parse_answer(reply.content).keys() & self._prompt.data.schema.layers.keys():
                message = "the answer has none of the layers"
                raise DataError([Issue(self._endpoint.host, 1, "suggest-answer", message, request.article)])
            if self._cache.get(request.key) is None:  # else another process asked meanwhile
                self._cache.put(request.key, reply)
        self.report.cut += 0 < reply.tokens_in * MOST_CHARACTERS_PER_TOKEN < request.characters
        self.answered.append(Answered(request.article, request.lines, request.key, reply))

    def _note(self, issues: Iterable[Issue], became: str) -> None:
        self.report.drafts.issues += issues
        self.report.drafts.articles[became] += 1

    def write(self, data: Corpus, renew: bool, with_labeled: bool) -> None:
        """Write the drafts of all answers; those that exist and differ are kept unless ``renew`` is set.

        Articles that were changed since they were shown, and those that were labeled since, get none.

        Args:
            data: The corpus as it is now, whose lock for writing the caller holds.
            renew: Replace drafts that differ.
            with_labeled: Draft labeled articles as well.

        Raises:
            DataError: suggest-folder.
        """
        check_folder(data, self.report.drafts.annotator)
        with Staging(data.root) as staging:
            for answered in self.answered:
                article = data.articles.get(answered.article)
                if article is None or article_lines(article_grounding(data, article)) != answered.lines:
                    message = f"article {answered.article}: it was changed while the model was asked"
                    issue = Issue(self._endpoint.host, 1, "suggest-answer", message, answered.article)
                    self._note([issue], "changed meanwhile")
                elif not with_labeled and is_labeled(data, answered.article):
                    self.report.drafts.articles["labeled meanwhile"] += 1
                else:
                    draft = self._draft(data, article, self._cache.get(answered.key) or answered.reply)
                    stage_draft(data, draft, data.documents_of(article["id"]), renew, self.report.drafts, staging)
            staging.publish()

    def _draft(self, data: Corpus, article: Article, reply: Reply) -> Document:
        report = self.report
        version = f"{reply.model}, prompt {self._prompt.digest[:12]}, {reply.sampling}"
        annotator: Annotator = {**report.drafts.annotator, "version": version}
        report.drafts.annotator = annotator
        grounding = article_grounding(data, article)
        reader = AnswerReader(data.schema, grounding, data.links, data.topics, annotator["id"])
        found = reader.read(parse_answer(reply.content))
        report.refused += [(article["id"], refusal) for refusal in found.refusals]
        for layer, labels in found.layers.items():
            report.labels[layer] += len(labels) if isinstance(labels, list) else 1
        return _document(data, article, found.layers, annotator, reply, self._guidelines)


def wanted_articles(data: Corpus, ids: Sequence[str], with_labeled: bool) -> tuple[list[str], int]:
    """Return the articles to draft, and the number of labeled ones that are left out.

    Raises DataError (unknown-article).
    """
    if missing := [each for each in ids if each not in data.articles]:
        raise DataError([Issue("dataset/raw", 1, "unknown-article", f"there is no article {each}") for each in missing])
    asked = list(dict.fromkeys(ids)) or list(data.articles)
    wanted = [each for each in asked if with_labeled or not is_labeled(data, each)]
    return wanted, len(asked) - len(wanted)


def is_labeled(data: Corpus, article: str) -> bool:
    """Return whether some layer of an article is more than a draft."""
    return any(
        is_more_than_draft(stored, layer) for stored in data.documents_of(article) for layer in data.schema.layers
    )


def _guidelines_version(data: Corpus) -> str:
    """Return the version of the guidelines in the prompt; if they state none, that of the newest final document."""
    if version := stated_version(data.root):
        return version
    finals = (stored.document for stored in data.documents.of_annotator(FINAL))
    return max(((each["updated"], each["guidelines"]) for each in finals), default=NEVER_LABELED)[1]


def _document(
    data: Corpus, article: Article, labels: dict[str, Any], annotator: Annotator, reply: Reply, guidelines: str
) -> Document:
    own_zones = data.zones(article)
    by_rule = all(zone["by"] == [zones.ANNOTATOR["id"]] for zone in own_zones)
    layers = {**({"zones": own_zones} if by_rule else {}), **labels}
    return new_document(
        data.schema,
        article=article["id"],
        text_sha256=article["source_sha256"],
        guidelines=guidelines,
        annotators=[annotator, *([zones.ANNOTATOR] if by_rule else [])],
        status=dict.fromkeys(layers, Status.DRAFT),
        created=reply.received,
        updated=reply.received,
        derived_from=[],
        layers=layers,
    )
