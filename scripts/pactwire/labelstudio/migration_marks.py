"""Marks of migrations in results: how far their labels were migrated, and whose work a migrated annotation is.

Both are in ``meta["pactwire"]`` of the ``finished`` result, which the page keeps whatever a person does: ``labels`` is
the id of the last migration, and ``migrated`` a signature. A migration saves people's annotations under the name of who
ran it; the signature says who had saved them last, and when. It holds as long as nobody changed the annotation since.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from pactwire.labelstudio import schema_mapping, wire_types
from pactwire.labelstudio.annotator_ids import user_number
from pactwire.labelstudio.attribute_controls import CHOICES
from pactwire.labelstudio.project_marks import OPEN
from pactwire.labelstudio.schema_mapping import FINISHED
from pactwire.model import digests

Annotation = dict[str, Any]

LABELS: Final = "labels"
SIGNATURE: Final = "migrated"
MODEL_DIGEST: Final = "sha256"
"""In a prediction that another program sent: the SHA-256 of its results before the first migration."""
ANSWERED: Final = "answered"
"""In the meta of a region, or the notes of an article's label: who answered for its label in a queue."""

_SIGNED: Final = ("by", "updated_by", "updated_at", "digest")
"""Keys of a signature: who migrated the annotation, who had saved it before and when, and a digest of its results."""


def pactwire_meta(result: Any) -> dict[str, Any]:
    """Return what Pactwire noted in the meta of a result; empty if nothing."""
    meta = wire_types.control_and_meta(result)[1]
    known = meta.get("pactwire") if isinstance(meta, dict) else None
    return known if isinstance(known, dict) else {}


def finished_meta(results: Any) -> dict[str, Any]:
    """Return what Pactwire noted in the ``finished`` result; empty if nothing."""
    for result in results if isinstance(results, list) else ():
        if wire_types.control_and_meta(result)[0] == FINISHED and (known := pactwire_meta(result)):
            return known
    return {}


def last_migration(results: Any, otherwise: str | None) -> str | None:
    """Return the last migration that results went through: None if none; ``otherwise`` if nothing says so."""
    known = finished_meta(results)
    if LABELS in known:
        return str(known[LABELS])
    return None if "revision" in known or "layers" in known else otherwise


def describe_labels(labels: str | None) -> str:
    """Return when labels were as they are, given the last migration, as in the mark of a project."""
    if labels is None:
        return "before any migration"
    return f"after {labels.removesuffix(OPEN)}{', while its queue is open' if labels.endswith(OPEN) else ''}"


def answerers(meta: Mapping[str, Any]) -> list[str]:
    """Return who answered for the label of a region in a queue, and so is one of its authors, given its meta."""
    notes = meta.get("pactwire")
    names = meta.get(ANSWERED) or (notes.get(ANSWERED) if isinstance(notes, dict) else None)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def mark_results(results: Sequence[Any], **marks: Any) -> list[Any]:
    """Return results with marks in the meta of ``finished``, which is added if there is none; None removes a mark."""
    marked = list(results)
    found = [number for number, result in enumerate(marked) if wire_types.control_and_meta(result)[0] == FINISHED]
    place = next((number for number in found if finished_meta([marked[number]])), found[0] if found else None)
    if place is None:
        marked.insert(0, _unticked())
        place = 0
    known = finished_meta([marked[place]]) | marks
    kept = {key: value for key, value in known.items() if value is not None}
    meta = {**(marked[place].get("meta") or {}), "pactwire": kept}
    marked[place] = {**marked[place], "meta": meta}
    return marked


def _unticked() -> dict[str, Any]:
    """Return a ``finished`` result that ticks nothing, as that of a draft."""
    return {
        "id": f"_{FINISHED}",
        "from_name": FINISHED,
        "to_name": schema_mapping.TEXT,
        "type": CHOICES,
        "value": {CHOICES: []},
        "origin": "prediction",
    }


def sign_results(results: Sequence[Any], annotation: Annotation, user: int) -> list[Any]:
    """Return the results of a migrated annotation with a signature.

    Args:
        results: The results as the migration leaves them.
        annotation: The annotation before; where another migration left it so, its signature goes on.
        user: The number of the user who migrates it.
    """
    before = restore_authorship(annotation)
    signature = {
        "by": user, "updated_by": user_number(before.get("updated_by")), "updated_at": before.get("updated_at"),
        "digest": results_digest(results),
    }  # fmt: skip
    return mark_results(results, **{SIGNATURE: signature})


def restore_authorship(annotation: Annotation) -> Annotation:
    """Return an annotation as its people left it: who saved it last, and when, if only a migration changed it since."""
    signature = finished_meta(annotation.get("result")).get(SIGNATURE)
    if not isinstance(signature, dict) or any(key not in signature for key in _SIGNED):
        return annotation
    is_theirs = user_number(annotation.get("updated_by")) != signature["by"]
    if is_theirs or results_digest(annotation["result"]) != signature["digest"]:
        return annotation
    return {**annotation, "updated_by": signature["updated_by"], "updated_at": signature["updated_at"]}


def is_left_by_migration(annotation: Annotation) -> bool:
    """Say whether an annotation from `restore_authorship` was changed last by a migration."""
    signature = finished_meta(annotation.get("result")).get(SIGNATURE)
    return isinstance(signature, dict) and signature.get("updated_at") == annotation.get("updated_at")


def results_digest(results: Sequence[Any]) -> str:
    """Return a digest of results without their signature, from what `wire_types.RawResult` holds of them."""
    unsigned = [_as_read(result) for result in mark_results([*map(_plain, results)], **{SIGNATURE: None})]
    return digests.short_sha256(msgspec.json.encode(unsigned, order="sorted"), 16)


def _plain(result: Any) -> Any:
    return msgspec.to_builtins(result) if isinstance(result, wire_types.RawResult) else result


def _as_read(result: Any) -> Any:
    return wire_types.convert_result(result) or result
