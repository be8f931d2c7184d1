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

A reference means the final label of exactly that span; where there is none, what became of the label
that an annotator has there. So moving the edge of a mention breaks no reference, and taking the mention
out is reported with the decision that still refers to it. Where annotators mean the same entity by
different mentions, the first annotator's mention is taken that is in the final document.

**A label nobody has** is a line of its own with ``"options": {}``, ``"choice": "other"``, its ``label``, and
``by``; ``id``, ``start``, ``end``, ``text`` and ``differs`` may be left out, the command fills them in.

**A label that all have alike** can be decided on too: a line with its options, all equal, and no ``id``. The
command adds such a line itself where decisions leave the label without its referent or on furniture.

Answers stay when the command runs again, by ``id``. An answered line whose options are no longer those
of the documents is an issue; unanswered ones go. Nothing is written to ``annotations/final`` while a decision
is open or anything is wrong.
"""
