"""Fields that decide on a record as a whole: whether somebody accepted it.

Tools keep what was rejected, skipped or only begun beside what was accepted: Prodigy in ``answer``, Argilla in
``status``, Label Studio in ``was_cancelled``, doccano in ``is_approved``. What was not accepted is nobody's label.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pactwire.convert.imported_document import ImportedDocument
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue

_STATUS_FIELDS: Final = frozenset((
    "answer", "status", "decision", "verdict", "approval", "annotationstatus", "approvalstatus", "labelstatus",
    "reviewstatus",
))  # fmt: skip
"""Fields whose value is a word for what was decided."""
_ACCEPTED_FLAGS: Final = frozenset((
    "accept", "accepted", "approved", "confirmed", "validated", "verified", "reviewed", "submitted", "completed",
    "done", "finished", "gold", "groundtruth", "annotated", "labeled", "labelled", "valid", "correct",
))  # fmt: skip
"""Fields that are true of an accepted record."""
_REJECTED_FLAGS: Final = frozenset((
    "binary", "cancelled", "canceled", "deleted", "discarded", "draft", "ignore", "ignored", "pending",
    "predicted", "prediction", "reject", "rejected", "skip", "skipped", "invalid", "incorrect",
    *(f"{no}{good}" for good in _ACCEPTED_FLAGS for no in ("not", "un")),
))  # fmt: skip
"""Fields that are true of a record that was not accepted. Prodigy's ``_is_binary``: one span was judged, no more."""
_APPROVER_FIELD: Final = "annotationapprover"
_EMPTY_VALUES: Final[tuple[Any, ...]] = (None, "", [], {})
"""Values that say nothing."""
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
    """Say whether a field of this name and value decides on its record."""
    plain, word = _field_key(name), _value_word(value)
    if plain in _STATUS_FIELDS:
        return word != ""
    return word in (
        _ACCEPTED_WORDS | _REJECTED_WORDS
        if plain in _ACCEPTED_FLAGS
        else _TRUE_WORDS | _FALSE_WORDS
        if plain in _REJECTED_FLAGS
        else ()
    )


def is_undecided(name: str, value: Any) -> bool:
    """Say whether a field would decide on its record, but has no value, so that nobody has decided yet."""
    return (
        value in _EMPTY_VALUES
        and _field_key(name) in {_APPROVER_FIELD} | _STATUS_FIELDS | _ACCEPTED_FLAGS | _REJECTED_FLAGS
    )


def find_rejection(fields: Mapping[str, Any], answer: str = "") -> tuple[str, str]:
    """Return the first decision against a record, and the first that has no known meaning, both as name and value.

    Both are empty where a record was accepted, or where nothing in it decides. ``answer`` names the one field that
    decides; without, all do that are called like one.
    """
    unknown = ""
    for name, value in ({answer: fields.get(answer)} if answer else fields).items():
        plain, word = "answer" if answer else _field_key(name), _value_word(value)
        if not is_decision(plain, value):
            continue
        said = f"{quote(name)} {quote(str(value))}"
        if word in (_TRUE_WORDS if plain in _REJECTED_FLAGS else _REJECTED_WORDS):
            return said, ""
        if word not in (_FALSE_WORDS if plain in _REJECTED_FLAGS else _ACCEPTED_WORDS):
            unknown = unknown or said
    return "", unknown


def apply_decisions(found: ImportedDocument, fields: Mapping[str, Any], line: int, answer: str = "") -> None:
    """Let the fields of an article that are not read otherwise decide on it, and count those that decide nothing."""
    found.rejected_by, unknown = find_rejection(fields, answer)
    if unknown:
        found.issues.append(unclear_decision(found.file, line, unknown, "it"))
    for name, value in {**({answer: None} if answer else {}), **fields}.items():
        if name == answer or not answer:
            if is_undecided("answer" if answer else name, value):
                found.omitted.add(f"articles whose field {quote(name)} is empty", found.name)
            elif name == answer or is_decision(name, value):
                continue
        found.omitted.add_field(name, value)


def unclear_decision(file: str, line: int, said: str, what: str) -> Issue:
    """Return the issue of a decision that has no known meaning; ``said`` is its name and value."""
    message = f"the field {said} says neither that {what} was accepted nor that it was not"
    return Issue(file, line, "convert-decision", message)


def _field_key(name: str) -> str:
    """Return a field's name in small letters: its last part, without ``is``, ``was`` or ``has``, and letters alone."""
    last = name.rpartition(".")[2]
    return re.sub(r"[\W_]", "", re.sub(r"^_*(?:is|was|has)(?=_|[A-Z])", "", last)).lower()


def _value_word(value: Any) -> str:
    """Return a value as one word in small letters, nothing of an empty one; a list or an object is no word we know.

    ``True`` alone in a list says what it says without one.
    """
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], bool):
        [value] = value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value in _EMPTY_VALUES else re.sub(r"[\s-]+", "_", str(value).strip().lower())
