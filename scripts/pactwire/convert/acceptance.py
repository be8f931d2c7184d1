"""Fields that say whether a record's annotation was accepted or rejected.

Tools store annotations that were rejected, skipped or only begun beside accepted ones: Prodigy in ``answer``, Argilla
in ``status``, Label Studio in ``was_cancelled``, doccano in ``is_approved``. Only accepted ones are imported.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pactwire.convert.imported_document import ImportedDocument
from pactwire.model.escapes import quote

_STATUS_FIELDS: Final = frozenset((
    "answer", "status", "decision", "verdict", "approval", "annotationstatus", "approvalstatus", "labelstatus",
    "reviewstatus",
))  # fmt: skip
"""Fields whose value is a word for the decision."""
_ACCEPTED_FLAGS: Final = frozenset((
    "accept", "accepted", "approved", "confirmed", "validated", "verified", "reviewed", "submitted", "completed",
    "done", "finished", "gold", "groundtruth", "annotated", "labeled", "labelled", "valid", "correct",
))  # fmt: skip
"""Fields that are true for an accepted record."""
_REJECTED_FLAGS: Final = frozenset((
    "binary", "cancelled", "canceled", "deleted", "discarded", "draft", "ignore", "ignored", "pending",
    "predicted", "prediction", "reject", "rejected", "skip", "skipped", "invalid", "incorrect",
    *(f"{no}{good}" for good in _ACCEPTED_FLAGS for no in ("not", "un")),
))  # fmt: skip
"""Fields that are true for a record that was not accepted. Prodigy's ``_is_binary``: only one span was judged."""
_APPROVER_FIELD: Final = "annotationapprover"
_EMPTY_VALUES: Final[tuple[Any, ...]] = (None, "", [], {})
"""Values that carry no information."""
_TRUE_WORDS: Final = frozenset(("true", "yes", "1"))
_FALSE_WORDS: Final = frozenset(("false", "no", "0"))
_ACCEPTED_WORDS: Final = _TRUE_WORDS | frozenset((
    "accept", "accepted", "annotated", "adjudicated", "approve", "approved", "checked", "complete", "completed",
    "confirmed", "correct", "done", "final", "finished", "gold", "labeled", "labelled", "ok", "reviewed",
    "submit", "submitted", "valid", "validated", "verified",
))  # fmt: skip
_REJECTED_WORDS: Final = _FALSE_WORDS | frozenset((
    "binary", "cancelled", "canceled", "default", "deleted", "discard", "discarded", "draft", "ignore", "ignored",
    "in_progress", "incorrect", "invalid", "new", "open", "pending", "predicted", "prediction", "reject",
    "rejected", "skip", "skipped", "started", "todo", "unannotated", "unlabeled", "unlabelled", "wrong",
))  # fmt: skip


def is_decision(name: str, value: Any) -> bool:
    """Return whether a field with this name and value decides on its record."""
    key, word = _field_key(name), _value_word(value)
    if key in _STATUS_FIELDS:
        return word != ""
    if key in _ACCEPTED_FLAGS:
        return word in _ACCEPTED_WORDS | _REJECTED_WORDS
    return key in _REJECTED_FLAGS and word in _TRUE_WORDS | _FALSE_WORDS


def is_undecided(name: str, value: Any) -> bool:
    """Return whether a field would decide on its record but is empty, so that nobody has decided yet."""
    deciding = {_APPROVER_FIELD} | _STATUS_FIELDS | _ACCEPTED_FLAGS | _REJECTED_FLAGS
    return value in _EMPTY_VALUES and _field_key(name) in deciding


def find_rejection(fields: Mapping[str, Any], answer: str = "") -> tuple[str, str]:
    """Return the first rejection of a record and the first unclear decision, each as field name and value.

    Both are empty if the record was accepted or nothing decides on it.

    Args:
        fields: The record's fields.
        answer: The only field that decides; without it, all fields with a name for decisions do.
    """
    unclear = ""
    for name, value in ({answer: fields.get(answer)} if answer else fields).items():
        key, word = "answer" if answer else _field_key(name), _value_word(value)
        if not is_decision(key, value):
            continue
        decision = f"{quote(name)} {quote(str(value))}"
        if word in (_TRUE_WORDS if key in _REJECTED_FLAGS else _REJECTED_WORDS):
            return decision, ""
        if word not in (_FALSE_WORDS if key in _REJECTED_FLAGS else _ACCEPTED_WORDS):
            unclear = unclear or decision
    return "", unclear


def apply_decisions(document: ImportedDocument, fields: Mapping[str, Any], line: int, answer: str = "") -> None:
    """Let the unread fields of a record decide on its document, and take what they state of it.

    Args:
        document: The document; a rejection or an issue is recorded in it.
        fields: The record's fields that are not read otherwise.
        line: The record's line.
        answer: The only field that decides, empty if all fields with a name for decisions do.
    """
    document.rejected_by, unclear = find_rejection(fields, answer)
    if unclear:
        document.add_issue(line, "convert-decision", unclear_decision(f"the field {unclear}", "it"))
    fields = document.stated.take_fields(fields, document.omitted)
    for name, value in {**({answer: None} if answer else {}), **fields}.items():
        if name == answer or not answer:
            if is_undecided("answer" if answer else name, value):
                document.omitted.add(f"articles whose field {quote(name)} is empty", document.name)
            elif name == answer or is_decision(name, value):
                continue
        document.add_property(name, value)


def unclear_decision(decision: str, subject: str) -> str:
    """Return the message for a decision without a known meaning about a subject such as "the span 0:3"."""
    return f"{decision} does not say whether {subject} was accepted"


def _field_key(name: str) -> str:
    """Return a field's name in lowercase: its last part, without ``is``, ``was`` or ``has``, and letters only."""
    last = name.rpartition(".")[2]
    return re.sub(r"[\W_]", "", re.sub(r"^_*(?:is|was|has)(?=_|[A-Z])", "", last)).lower()


def _value_word(value: Any) -> str:
    """Return a value as one lowercase word, "" for an empty value; no known word results from a list or an object.

    A list that contains only a boolean counts as that boolean.
    """
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], bool):
        [value] = value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value in _EMPTY_VALUES else re.sub(r"[\s-]+", "_", str(value).strip().lower())
