"""Adjudication: one final document per article, from the documents of several annotators and decisions on them.

What all annotators agree on is taken: the same span and the same attributes, with references compared by
what they refer to. Everything else becomes a decision in ``annotations/decisions/N.jsonl``, where N is
the number of the round (`pactwire.corpus.rounds`). The same documents and decisions give the same bytes: times come
from them, never from the clock.

**The decisions file** is JSONL in canonical form (compact, UTF-8, LF). The first line is the header::

    {"adjudicators": [{"id": "…", "kind": "human" | "model" | "rule", "name": "…" | null, "version": "…" | null}],
     "inputs": {"A": "annotator", "B": "annotator"}, "guidelines": "1.0"}

``adjudicators`` is empty at first; whoever decides fills it in. ``inputs`` names the annotators by letter, in
the order in which the command was given them. After a migration there is also ``"labels": "NNNN-name"``, the last
one that the labels of the file went through. Every other line is a decision, in the order of articles, layers and
places::

    {"id": "d0123456789ab", "article": "5ccec2fc13046f9d", "layer": "zones" | a layer of the schema,
     "start": 10, "end": 24, "text": "words before [the words from start to end] words after",
     "differs": ["type", "link"], "options": {"A": LABEL | null, "B": LABEL | null},
     "choice": null | "A" | "B" | "none" | "other", "label": null | LABEL, "reason": "" , "by": null | "adjudicator",
     "decided": null | "2026-01-31T12:00:00Z"}

The command writes ``id`` (a hash of article, layer and options), ``start`` to ``end`` (the span that covers all
options), ``text``, ``differs`` (the fields in which the options differ; ``span`` where one is null) and
``options``. Do not change them. Fill in the rest:

- ``choice``: the letter of the option to take, ``none`` for no label here, ``other`` for the one in ``label``.
- ``label``: the label to take instead, with ``other`` only; else null.
- ``by``: the id of an adjudicator in the header. ``reason``: any text. ``decided``: a time in UTC, or null.

After the decisions, there is a line for each layer that a person reviewed (`pactwire.corpus.reviews`). As long as the
final layer says what was reviewed, its status is ``reviewed``, and the person is among the makers of its labels. A
review of labels that have changed since counts no more, and is an issue.

LABEL is a label without ``id`` and ``by``, its keys in the order of the schema. Its references are not ids:
``"entity@START:END"`` is the label of that span in the layer whose ``label`` is ``entity``. Parties and topics stay as
they are. With the layers of the template ``news``::

    {"start", "end", "text", "type", "form", "link", "metonym_of"}                                      entities
    {"start", "end", "text", "claimants": ["entity@3:9"], "cue": {"start", "end", "text"} | null,
     "type", "commitment", "checkworthy", "normalized"}                                                   claims
    {"start", "end", "text", "holder": "entity@3:9", "target": "claim@12:40", "polarity", "channel"}     stances
    [{"start", "end", "kind", "language", "origin"}, …]                                                   zones

For a layer with one label for the whole article, ``start``, ``end`` and ``text`` are null.
For zones, LABEL is the list of all zones from ``start`` to ``end``, since they must cover the text.

In an option, a reference follows the label that the annotator pointed to, whatever became of it:
moving its edge breaks nothing. Where it was removed, the reference means what another annotator means by the same
reference. In ``label``, a reference means the final label of exactly that span or, where there is none, what
became of the label that an annotator has there. A reference that means nothing in the end is reported with its
decision.

**To add a label that nobody has**, write a line with ``"options": {}``, ``"choice": "other"``, the ``label``, and
``by``. ``id``, ``start``, ``end``, ``text`` and ``differs`` may be left out; the command fills them in.

**A label that all annotators have** can be decided on too, by a line with its options, all equal, and no ``id``. The
command adds such a line itself where decisions leave the label without its referent or on furniture.

Answers are kept, by ``id``, when the command runs again. An answered line whose options no longer match the
documents is an issue; unanswered ones are dropped. Nothing is written to ``annotations/final`` while a decision
is open or anything is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pactwire.agreement import comparable_articles, decisions, final_documents, merging, round_closing
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import Decision, DecisionsFile
from pactwire.agreement.merging import MergedDocument, MergedLabel
from pactwire.corpus import corpus, rounds
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Status
from pactwire.model.schema import AnnotationSchema
from pactwire.model.strict_json import JsonPath
from pactwire.storage import jsonl
from pactwire.storage.staging import Staging
from pactwire.validation import integrity


@dataclass
class AdjudicationResult:
    """What adjudication did: the documents, with whether each changed, and how many labels come from where.

    ``agreed`` labels were taken since all annotators have them. ``dropped`` counts unanswered lines that the
    documents no longer call for. ``left_out`` lists articles and layers that not all annotators annotated.
    ``moved`` is the number of files that moved into a closed round, ``reviewed`` that of layers that people reviewed,
    and ``issues`` are those of reviews of labels that have changed since (review-stale).
    """

    documents: dict[str, bool]
    agreed: int
    decided: int
    added: int
    dropped: int
    left_out: list[str]
    moved: int
    reviewed: int
    issues: list[Issue]


def adjudicate(root: Path, annotators: Sequence[str], close_round: bool = False) -> AdjudicationResult:
    """Write the decisions file and, once all is decided, the documents of annotations/final; maybe close the round.

    Raises DataError and writes no document where the annotators cannot be compared, a line of the decisions
    file is invalid or outdated, a decision is open (decisions-incomplete; the decisions file is written), or
    a final document has changes that would be lost (final-at-risk). A round is not closed either if one of its files
    has documents that were not adjudicated (round-mixed), or if labels have changed since a person reviewed them.
    """
    data = corpus.load_corpus(root)
    aligned = align_articles(data, annotators)
    decided, dropped = load_decisions(root, aligned)
    merged = [] if decided.open_decisions() else _merge_articles(data, aligned, decided)
    if issues := list(final_documents.overwrite_issues(data, merged, annotators)):
        raise DataError(issues)
    is_open = bool(decided.open_decisions())  # merging may reopen decisions
    stale = [review.stale_issue(decided.file) for each in merged for review in each.stale_reviews]
    if stale and close_round and not is_open:
        raise DataError(stale)
    left_out = _describe_left_out(data, annotators, aligned)
    written, moved = _write_outputs(data, aligned, decided, [] if is_open else merged, close_round)
    if is_open:
        raise DataError(_incomplete_issues(decided))
    return AdjudicationResult(
        documents=written,
        agreed=sum(label.decision is None for document in merged for label in document.labels.values()),
        decided=sum(decision.group is not None for decision in decided.decisions),
        added=sum(decision.group is None for decision in decided.decisions),
        dropped=dropped,
        left_out=left_out,
        moved=len(moved),
        reviewed=sum(status == Status.REVIEWED for each in merged for status in each.document["status"].values()),
        issues=stale,
    )


def align_articles(data: Corpus, annotators: Sequence[str]) -> list[ArticleAlignment]:
    """Return the alignment of every article that all annotators annotated.

    Raises DataError where the annotators cannot be compared.
    """
    issues = comparable_articles.comparison_issues(data, annotators)
    if FINAL in annotators:
        message = f"{FINAL!r} is the output; it cannot be an input"
        issues.append(Issue(f"annotations/{FINAL}", 1, "agreement-self", message))
    if issues:
        raise DataError(issues)
    articles = comparable_articles.shared_articles(data, annotators)
    complete = [article for article in articles if len(article.documents) == len(annotators)]
    if not complete:
        message = "no article has documents of all annotators"
        raise DataError([Issue(f"annotations/{annotators[-1]}", 1, "agreement-missing", message)])
    return [ArticleAlignment(article, annotators) for article in complete]


def merge_decided(aligned: ArticleAlignment, decided: DecisionsFile) -> MergedDocument:
    """Return the final document of an article by a decisions file, in which no decision on it is open."""
    own = [decision for decision in decided.decisions if decision.article == aligned.article]
    reviews = [review for review in decided.reviews if review.article == aligned.article]
    return merging.merge_article(aligned, own, decided.adjudicators, reviews)


def load_decisions(root: Path, aligned: Sequence[ArticleAlignment]) -> tuple[DecisionsFile, int]:
    """Return the decisions that the documents call for, answered as in the decisions file, and how many were dropped.

    Raises DataError for lines that are invalid or outdated.
    """
    first, file = aligned[0], rounds.recorded_decisions(root)
    guidelines = first.documents["A"]["guidelines"]
    recorded = decisions.read_decisions(root, file, first.schema, first.inputs, guidelines)
    return decisions.reconcile(recorded, aligned)


def load_round(data: Corpus) -> tuple[list[ArticleAlignment], DecisionsFile]:
    """Return what was adjudicated in the current round: the articles, and the decisions on them.

    Raises DataError (review-final) if nothing was, and as `align_articles` and `load_decisions`.
    """
    file = rounds.recorded_decisions(data.root)
    entries = jsonl.read_values(data.root / file, file) if (data.root / file).is_file() else iter(())
    first = next(entries, None)
    if first is None:
        raise DataError([Issue(file, 1, "review-final", "nothing was adjudicated in this round")])
    if isinstance(first, DataError):
        raise first
    inputs = first[1].get("inputs") if isinstance(first[1], dict) else None
    if not isinstance(inputs, dict) or not all(isinstance(name, str) for name in inputs.values()):
        raise DataError([Issue(file, 1, "decisions-header", "inputs does not name annotators")])
    aligned = align_articles(data, [*inputs.values()])
    return aligned, load_decisions(data.root, aligned)[0]


def write_decisions(root: Path, aligned: Sequence[ArticleAlignment], decided: DecisionsFile) -> None:
    """Write the decisions file."""
    with Staging(root) as staging:
        _stage_decisions(root, staging, aligned, decided)
        staging.publish()


def _stage_decisions(root: Path, staging: Staging, aligned: Sequence[ArticleAlignment], decided: DecisionsFile) -> None:
    rounds.stage_decisions(root, staging, decided.to_jsonl({each.article: each.comparable.text for each in aligned}))
    decided.file = rounds.decisions_file(root)


def _write_outputs(
    data: Corpus,
    aligned: Sequence[ArticleAlignment],
    decided: DecisionsFile,
    merged: Sequence[MergedDocument],
    close_round: bool,
) -> tuple[dict[str, bool], list[Path]]:
    """Write the decisions file and final documents together, and maybe close the round.

    Return whether each document changed, and the files that moved into the closed round.
    """
    finals = {each.document["article"]: strict_json.pretty(each.document) for each in merged}
    with Staging(data.root) as outputs:
        _stage_decisions(data.root, outputs, aligned, decided)
        names = {final_documents.final_path(article): text for article, text in finals.items()}
        written = {name: outputs.add(data.root / name, text) for name, text in names.items()}
        moved = round_closing.stage_round(data, outputs, aligned[0].annotators, finals) if close_round else []
        outputs.publish()
    round_closing.remove_empty_folders(moved)
    return written, moved


def _merge_articles(data: Corpus, aligned: Sequence[ArticleAlignment], decided: DecisionsFile) -> list[MergedDocument]:
    """Return the final documents, checked.

    Where only labels that all annotators have are invalid in them, decisions on these are added to ``decided``.
    Raises DataError where decided labels are invalid.
    """
    issues = [issue for decision in decided.decisions for issue in _coverage_issues(data, decided.file, decision)]
    if issues:
        raise DataError(issues)
    merged: list[MergedDocument] = []
    reopened: list[Decision] = []
    for each in aligned:
        merged.append(merge_decided(each, decided))
        for code, message, label in _document_flaws(data, each, merged[-1]):
            if label is None:
                issues.append(Issue(final_documents.final_path(each.article), 1, code, message, each.article))
            elif label.decision:
                issues.append(Issue(decided.file, label.decision.line, code, message, label.decision.id))
            elif label.group and all(decision.group is not label.group for decision in reopened):
                reopened.append(decisions.unanswered_decision(label.group))
    if issues:
        raise DataError(sorted(set(issues)))
    decided.decisions += reopened
    return merged


def _document_flaws(
    data: Corpus, aligned: ArticleAlignment, merged: MergedDocument
) -> Iterator[tuple[str, str, MergedLabel | None]]:
    """Yield (code, message, label) for what is wrong with a final document; no label where it concerns the whole."""
    for lost, message in merged.lost_references:
        yield "decisions-reference", message, lost
    reported = {lost.id for lost, _ in merged.lost_references}
    comparable = aligned.comparable
    flaws = data.schema.explain(merged.document)
    flaws = flaws or integrity.check_document(
        merged.document, comparable.article, comparable.zones, data.schema, data.links, data.topics
    )
    for code, path, message in flaws:
        label = _label_at(data.schema, merged, path)
        if label is None or label.id not in reported:
            yield code, message, label


def _label_at(schema: AnnotationSchema, merged: MergedDocument, path: JsonPath) -> MergedLabel | None:
    """Return the label of a final document that a path leads into, if it does."""
    layer = str(path[0]) if path else ""
    if layer in schema.layers and not schema.layers[layer].is_span:
        return merged.labels.get((layer, 0))
    return merged.labels.get((layer, int(path[1]))) if layer in schema.layer_names and len(path) > 1 else None


def _coverage_issues(data: Corpus, file: str, decision: Decision) -> Iterator[Issue]:
    """Yield an issue where zones that a decision gives itself overlap, or do not cover the stretch they replace."""
    if decision.layer != "zones" or decision.choice != decisions.CHOICE_OTHER or decision.group is None:
        return
    text = data.articles[decision.article]["source_text"]
    position, end = decision.group.start, decision.group.end
    is_covered = True
    for zone in sorted(decision.label, key=lambda zone: (zone["start"], zone["end"])):
        is_covered &= position <= zone["start"] < zone["end"] <= end and not text[position : zone["start"]].strip()
        position = zone["end"]
    if not is_covered or text[position:end].strip():
        message = f"the zones of label do not cover {decision.group.start} to {end}, each character once"
        yield Issue(file, decision.line, "decisions-record", message, decision.id)


def _incomplete_issues(decided: DecisionsFile) -> list[Issue]:
    """Return an issue for each article with open decisions, on the line of the first."""
    issues = []
    for article in dict.fromkeys(decision.article for decision in decided.open_decisions()):
        own = [decision for decision in decided.decisions if decision.article == article]
        still_open = [decision for decision in own if decision.is_open]
        message = f"{len(still_open)} of {len(own)} decisions on the article {article} are open"
        issues.append(Issue(decided.file, still_open[0].line, "decisions-incomplete", message, article))
    return issues


def _describe_left_out(data: Corpus, annotators: Sequence[str], aligned: Sequence[ArticleAlignment]) -> list[str]:
    """Return lines on the articles and layers that are not adjudicated, since not all annotators annotated them."""
    names_by_article: dict[str, list[str]] = {}
    for placed in data.documents:
        if placed.annotator in annotators:
            names_by_article.setdefault(placed.document["article"], []).append(placed.annotator)
    lines = [
        f"article {article}: {', '.join(names)} alone"
        for article, names in names_by_article.items()
        if len(names) < len(annotators)
    ]
    for each in aligned:
        for layer in data.schema.layer_names:
            names = [name for name in annotators if layer in each.comparable.documents[name]]
            if names and layer not in each.layers:
                lines.append(f"{layer} of {each.article}: {', '.join(names)} alone")
    return lines
