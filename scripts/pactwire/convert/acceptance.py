"""Fields that decide on a record as a whole: whether somebody accepted it.

Tools keep what was rejected, skipped or only begun beside what was accepted: Prodigy in ``answer``, Argilla in
``status``, Label Studio in ``was_cancelled``, doccano in ``is_approved``. What was not accepted is nobody's label.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pactwire.convert.imported_document import Foreign
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue

_STATUS: Final = frozenset((
    "answer", "status", "decision", "verdict", "approval", "annotationstatus", "approvalstatus", "labelstatus",
    "reviewstatus",
))  # fmt: skip
"""Fields whose value is a word for what was decided."""
_GOOD: Final = frozenset((
    "accept", "accepted", "approved", "confirmed", "validated", "verified", "reviewed", "submitted", "completed",
    "done", "finished", "gold", "groundtruth", "annotated", "labeled", "labelled", "valid", "correct",
))  # fmt: skip
"""Fields that are true of an accepted record."""
_BAD: Final = frozenset((
    "binary", "cancelled", "canceled", "deleted", "discarded", "draft", "ignore", "ignored", "pending",
    "predicted", "prediction", "reject", "rejected", "skip", "skipped", "invalid", "incorrect",
    *(f"{no}{good}" for good in _GOOD for no in ("not", "un")),
))  # fmt: skip
"""Fields that are true of a record that was not accepted. Prodigy's ``_is_binary``: one span was judged, no more."""
_APPROVER: Final = "annotationapprover"
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
"""Values that say nothing."""
_TRUE: Final = frozenset(("true", "yes", "1"))
_FALSE: Final = frozenset(("false", "no", "0"))
_YES: Final = _TRUE | frozenset((
    "accept", "accepted", "annotated", "adjudicated", "approve", "approved", "checked", "complete", "completed",
    "confirmed", "correct", "done", "final", "finished", "gold", "labeled", "labelled", "ok", "reviewed",
    "submit", "submitted", "valid", "validated", "verified",
))  # fmt: skip
_NO: Final = _FALSE | frozenset((
    "binary", "cancelled", "canceled", "default", "deleted", "discard", "discarded", "draft", "ignore", "ignored",
    "in_progress", "incorrect", "invalid", "new", "open", "pending", "predicted", "prediction", "reject",
    "rejected", "skip", "skipped", "started", "todo", "unannotated", "unlabeled", "unlabelled", "wrong",
))  # fmt: skip


def is_decision(name: str, value: Any) -> bool:
    """Say whether a field of this name and value decides on its record."""
    plain, word = _plain(name), _word(value)
    if plain in _STATUS:
        return word != ""
    return word in (_YES | _NO if plain in _GOOD else _TRUE | _FALSE if plain in _BAD else ())


def is_open(name: str, value: Any) -> bool:
    """Say whether a field would decide on its record, but has no value, so that nobody has decided yet."""
    return value in _EMPTY and _plain(name) in {_APPROVER} | _STATUS | _GOOD | _BAD


def against(fields: Mapping[str, Any], answer: str = "") -> tuple[str, str]:
    """Return the first decision against a record, and the first that has no known meaning, both as name and value.

    Both are empty where a record was accepted, or where nothing in it decides. ``answer`` names the one field that
    decides; without, all do that are called like one.
    """
    unknown = ""
    for name, value in ({answer: fields.get(answer)} if answer else fields).items():
        plain, word = "answer" if answer else _plain(name), _word(value)
        if not is_decision(plain, value):
            continue
        said = f"{quote(name)} {quote(str(value))}"
        if word in (_TRUE if plain in _BAD else _NO):
            return said, ""
        if word not in (_FALSE if plain in _BAD else _YES):
            unknown = unknown or said
    return "", unknown


def obey(found: Foreign, fields: Mapping[str, Any], line: int, answer: str = "") -> None:
    """Let the fields of an article that are not read otherwise decide on it, and count those that decide nothing."""
    found.declined, unknown = against(fields, answer)
    if unknown:
        found.issues.append(undecided(found.file, line, unknown, "it"))
    for name, value in {**({answer: None} if answer else {}), **fields}.items():
        if name == answer or not answer:
            if is_open("answer" if answer else name, value):
                found.left.note(f"articles whose field {quote(name)} is empty", found.name)
            elif name == answer or is_decision(name, value):
                continue
        found.left.field(name, value)


def undecided(file: str, line: int, said: str, what: str) -> Issue:
    """Return the issue of a decision that has no known meaning; ``said`` is its name and value."""
    message = f"the field {said} says neither that {what} was accepted nor that it was not"
    return Issue(file, line, "convert-decision", message)


def _plain(name: str) -> str:
    """Return a field's name in small letters: its last part, without ``is``, ``was`` or ``has``, and letters alone."""
    last = name.rpartition(".")[2]
    return re.sub(r"[\W_]", "", re.sub(r"^_*(?:is|was|has)(?=_|[A-Z])", "", last)).lower()


def _word(value: Any) -> str:
    """Return a value as one word in small letters, nothing of an empty one; a list or an object is no word we know.

    ``True`` alone in a list says what it says without one.
    """
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], bool):
        [value] = value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value in _EMPTY else re.sub(r"[\s-]+", "_", str(value).strip().lower())
