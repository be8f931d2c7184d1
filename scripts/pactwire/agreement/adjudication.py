"""Documents of several annotators and the decisions on what they disagree on to one final document per article.

What all annotators have alike is taken: the same span and the same attributes, references compared by
what they refer to. All else becomes a decision in ``annotations/decisions.jsonl``. The same documents
and decisions give the same bytes: times come from them, never from the clock.

**The decisions file**: JSONL, canonical form (compact, UTF-8, LF). The first line is the header::

    {"adjudicators": [{"id": "…", "kind": "human" | "model" | "rule", "name": "…" | null, "version": "…" | null}],
     "inputs": {"A": "annotator", "B": "annotator"}, "guidelines": "1.0"}

``adjudicators`` is empty at first and filled in by whoever decides; ``inputs`` names the annotators by
letter, in the order they were given to the command. Every other line is a decision, in the order of
articles, layers and places::

    {"id": "d0123456789ab", "article": "5ccec2fc13046f9d", "layer": "zones" | "entities" | "claims" | "stances",
     "start": 10, "end": 24, "text": "words before [the words from start to end] words after",
     "differs": ["type", "link"], "options": {"A": LABEL | null, "B": LABEL | null},
     "choice": null | "A" | "B" | "none" | "other", "label": null | LABEL, "reason": "" , "by": null | "adjudicator",
     "decided": null | "2026-01-31T12:00:00Z"}

The command writes ``id`` (a hash of article, layer and options), ``start`` to ``end`` (all that the options
cover), ``text``, ``differs`` (fields in which the options differ; ``span`` where one is null) and
``options``; leave them as they are. What is filled in:

- ``choice``: the letter of the option to take, ``none`` for no label here, ``other`` for the one in ``label``.
- ``label``: the label to take instead, with ``other`` only; else null.
- ``by``: the id of an adjudicator of the header. ``reason``: any text. ``decided``: a time in UTC, or null.

LABEL is a label without ``id`` and ``by``, its keys in the order of the schema. Its references don't
use ids: ``"entity@START:END"`` is the mention of that span, ``"claim@START:END"`` the claim of that span;
``AUTHOR``, ``UNNAMED`` and ``topic:…`` stand as they are::

    {"start", "end", "text", "type", "form", "link", "metonym_of"}                                      entities
    {"start", "end", "text", "claimants": ["entity@3:9"], "cue": {"start", "end", "text"} | null,
     "type", "commitment", "checkworthy", "normalized"}                                                   claims
    {"start", "end", "text", "holder": "entity@3:9", "target": "claim@12:40", "polarity", "channel"}     stances
    [{"start", "end", "kind", "language", "origin"}, …]                                                   zones

For zones a LABEL is the list of all zones from ``start`` to ``end``, since they must cover the text.

In an option, a reference follows the mention or claim that the annotator pointed to, whatever became of it:
moving its edge breaks nothing. Where it was taken out, what another annotator means by the same reference
stands in. In ``label``, a reference means the final label of exactly that span; where there is none, what
became of the label that an annotator has there. A reference that means nothing in the end is reported
with the decision that holds it.

**A label nobody has** is a line of its own with ``"options": {}``, ``"choice": "other"``, its ``label``, and
``by``; ``id``, ``start``, ``end``, ``text`` and ``differs`` may be left out, the command fills them in.

**A label that all have alike** can be decided on too: a line with its options, all equal, and no ``id``. The
command adds such a line itself where decisions leave the label without its referent or on furniture.

Answers stay when the command runs again, by ``id``. An answered line whose options are no longer those
of the documents is an issue; unanswered ones go. Nothing is written to ``annotations/final`` while a decision
is open or anything is wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from pactwire.agreement import comparable_articles, decisions, merging
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import DECISIONS_FILE, Decision, DecisionsFile
from pactwire.agreement.merging import MergedDocument
from pactwire.corpus import corpus
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model import schema, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import LAYERS, Status
from pactwire.storage import staging
from pactwire.storage.staging import Staging
from pactwire.validation import integrity


@dataclass
class AdjudicationResult:
    """What adjudication did: documents written or already so, and how many labels come from where.

    ``left_out`` says which articles and layers not all annotators annotated; ``dropped`` counts unanswered lines
    that the documents no longer call for.
    """

    documents: dict[str, bool]
    agreed: int
    decided: int
    added: int
    dropped: int
    left_out: list[str]


def adjudicate(root: Path, annotators: Sequence[str]) -> AdjudicationResult:
    """Write the decisions file and, once all is decided, the documents of annotations/final.

    Raises DataError and writes no document where the annotators can't be compared, a line of the
    decisions file is wrong or outdated, a decision is open (decisions-incomplete; the file is written), or
    a final document has changes that would be lost (final-at-risk).
    """
    data = corpus.load_corpus(root)
    found = align_articles(data, annotators)
    settled, dropped = load_decisions(root, found)
    merged = [] if settled.open_decisions() else _merge_articles(data, found, settled)
    if issues := [issue for each in merged for issue in _overwrite_issues(data, each, annotators)]:
        raise DataError(issues)
    written = _write_outputs(root, found, settled, [] if settled.open_decisions() else merged)
    if settled.open_decisions():
        raise DataError(_incomplete_issues(settled))
    return AdjudicationResult(
        documents=written,
        agreed=sum(take.decision is None for each in merged for take in each.labels.values()),
        decided=sum(each.group is not None for each in settled.decisions),
        added=sum(each.group is None for each in settled.decisions),
        dropped=dropped,
        left_out=_describe_left_out(data, annotators, found),
    )


def align_articles(data: Corpus, annotators: Sequence[str]) -> list[ArticleAlignment]:
    """Return the groups of every article that all annotators have; raises DataError where they can't be compared."""
    if issues := _input_issues(data, annotators):
        raise DataError(issues)
    letters = dict(zip(ascii_uppercase, annotators, strict=False))
    cases = [
        case for case in comparable_articles.shared_articles(data, annotators) if len(case.documents) == len(annotators)
    ]
    return [ArticleAlignment(case, letters) for case in cases]


def load_decisions(root: Path, found: Sequence[ArticleAlignment]) -> tuple[DecisionsFile, int]:
    """Return the decisions that groups call for, answered as in the decisions file; and how many lines were dropped.

    Raises DataError for lines that are wrong or outdated.
    """
    inputs = dict(zip(ascii_uppercase, found[0].annotators, strict=False))
    guidelines = found[0].documents["A"]["guidelines"]
    return decisions.reconcile(decisions.read_decisions(root / DECISIONS_FILE, inputs, guidelines), found)


def write_decisions(root: Path, found: Sequence[ArticleAlignment], settled: DecisionsFile) -> bool:
    """Write the decisions file; returns whether it changed."""
    return staging.replace_file(root, root / DECISIONS_FILE, _decisions_text(found, settled))


def _decisions_text(found: Sequence[ArticleAlignment], settled: DecisionsFile) -> str:
    return settled.to_jsonl({each.article: each.case.article["source_text"] for each in found})


def _write_outputs(
    root: Path, found: Sequence[ArticleAlignment], settled: DecisionsFile, merged: Sequence[MergedDocument]
) -> dict[str, bool]:
    """Write the decisions file and final documents together; return for each document whether it changed."""
    written, new = {}, Staging(root)
    try:
        new.add(root / DECISIONS_FILE, _decisions_text(found, settled))
        for each in merged:
            name = f"annotations/{FINAL}/{each.document['article']}.json"
            written[name] = new.add(root / name, strict_json.pretty(each.document))
        new.publish()
    finally:
        new.discard()
    return written


def _input_issues(data: Corpus, annotators: Sequence[str]) -> list[Issue]:
    issues = comparable_articles.comparison_issues(data, annotators)
    if FINAL in annotators:
        message = f"{FINAL!r} is what comes out; it can't be an input"
        issues.append(Issue(f"annotations/{FINAL}", 1, "agreement-self", message))
    if not issues and not any(
        len(case.documents) == len(annotators) for case in comparable_articles.shared_articles(data, annotators)
    ):
        message = "no article has documents of all annotators"
        issues.append(Issue(f"annotations/{annotators[-1]}", 1, "agreement-missing", message))
    return issues


def _merge_articles(data: Corpus, found: Sequence[ArticleAlignment], settled: DecisionsFile) -> list[MergedDocument]:
    """Return the final documents, checked.

    Where only labels that all have alike don't hold in them, those are put up for decision instead.
    Raises DataError where decided labels don't hold.
    """
    merged = []
    issues = [issue for each in settled.decisions for issue in _coverage_issues(data, each)]
    if issues:
        raise DataError(issues)
    reopened: list[Decision] = []
    for each in found:
        decided = [decision for decision in settled.decisions if decision.article == each.article]
        merged.append(merging.merge_article(each, decided, settled.adjudicators))
        for code, message, take in _document_flaws(data, each, merged[-1]):
            place = f"annotations/{FINAL}/{each.article}.json"
            if take is None:
                issues.append(Issue(place, 1, code, message, each.article))
            elif take.decision:
                issues.append(Issue(DECISIONS_FILE, take.decision.line, code, message, take.decision.id))
            elif take.group and all(one.group is not take.group for one in reopened):
                reopened.append(decisions.unanswered_decision(take.group))
    if issues:
        raise DataError(sorted(set(issues)))
    settled.decisions += reopened
    return merged


def _document_flaws(
    data: Corpus, found: ArticleAlignment, merged: MergedDocument
) -> Iterator[tuple[str, str, merging.MergedLabel | None]]:
    """Yield (code, message, label) for what is wrong with a final document; without a label where it is the whole."""
    for lost, message in merged.lost_references:
        yield "decisions-reference", message, lost
    known = {lost.id for lost, _ in merged.lost_references}
    article = found.case.article
    flaws = schema.explain(merged.document, "annotation")
    flaws = flaws or integrity.check_document(merged.document, article, found.case.zones, data.links, data.topics)
    for code, path, message in flaws:
        take = merged.labels.get((str(path[0]), int(path[1]))) if len(path) > 1 and path[0] in LAYERS else None
        if take is None or take.id not in known:
            yield code, message, take


def _coverage_issues(data: Corpus, decision: Decision) -> Iterator[Issue]:
    """Yield an issue where zones of a decision's own leave out some of the stretch they stand for, or overlap."""
    if decision.layer != "zones" or decision.choice != decisions.CHOICE_OTHER or decision.group is None:
        return
    text = data.articles[decision.article]["source_text"]
    position, end = decision.group.start, decision.group.end
    sound = True
    for zone in sorted(decision.label, key=lambda zone: (zone["start"], zone["end"])):
        sound &= position <= zone["start"] < zone["end"] <= end and not text[position : zone["start"]].strip()
        position = zone["end"]
    if not sound or text[position:end].strip():
        message = f"the zones of label don't cover {decision.group.start} to {end}, each character once"
        yield Issue(DECISIONS_FILE, decision.line, "decisions-record", message, decision.id)


def _overwrite_issues(data: Corpus, merged: MergedDocument, annotators: Sequence[str]) -> Iterator[Issue]:
    """Yield an issue where the final document that stands there is more than adjudication of these annotators."""
    article = merged.document["article"]
    name = f"annotations/{FINAL}/{article}.json"
    if not (data.root / name).is_file():
        return
    old = data.final_document(article)
    if old is None:
        yield Issue(name, 1, "final-at-risk", "the document there can't be read, and would be written over", article)
        return
    makers = [each.partition("@")[0] for each in old["derived_from"]]
    lost = [layer for layer in LAYERS if layer in old and layer not in merged.document]
    if makers != list(annotators):
        message = f"the document there is derived from {', '.join(makers) or 'nobody'}, and would be written over"
    elif set(old["status"].values()) - {Status.ADJUDICATED}:
        others = _joined(set(old["status"].values()) - {Status.ADJUDICATED})
        message = f"a layer there is not {Status.ADJUDICATED} but {others}"
    elif lost:
        message = f"the document there has layers that would be lost: {_joined(lost)}"
    else:
        return
    yield Issue(name, 1, "final-at-risk", message, article)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _incomplete_issues(settled: DecisionsFile) -> list[Issue]:
    """Return an issue for each article with open decisions, on the line of the first."""
    issues = []
    for article in dict.fromkeys(each.article for each in settled.open_decisions()):
        everything = [each for each in settled.decisions if each.article == article]
        still = [each for each in everything if each.is_open]
        message = f"{len(still)} of {len(everything)} decisions on the article {article} are open"
        issues.append(Issue(DECISIONS_FILE, still[0].line, "decisions-incomplete", message, article))
    return issues


def _describe_left_out(data: Corpus, annotators: Sequence[str], found: Sequence[ArticleAlignment]) -> list[str]:
    """Return what is not adjudicated, since not all annotators annotated it."""
    have: dict[str, list[str]] = {}
    for placed in data.documents:
        if placed.annotator in annotators:
            have.setdefault(placed.document["article"], []).append(placed.annotator)
    lines = [
        f"article {article}: {', '.join(names)} alone"
        for article, names in have.items()
        if len(names) < len(annotators)
    ]
    for each in found:
        layers = [layer for layer in LAYERS if layer not in each.layers]
        lines += [
            f"{layer} of {each.article}: {', '.join(names)} alone"
            for layer in layers
            if (names := [name for name in annotators if layer in each.case.documents[name]])
        ]
    return lines
