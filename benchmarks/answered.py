"""A dataset to tasks as Label Studio gives them back: every draft ticked and submitted unchanged by one person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.corpus import corpus
from pactwire.labelstudio import prediction_provenance, readiness, schema_mapping, task_builder

OWNER: Final = "owner@pactwire.localhost"
"""Who submitted everything: user 1, as on the servers that tests start."""

_TIME: Final = "2024-06-02T00:00:00.000000Z"


def tasks(data: corpus.Corpus, project: str) -> Iterator[dict[str, Any]]:
    """Yield a task for each article, by number, with all fields that an export has.

    As in an export, a prediction stands in the annotation that was made from it, and by its number in the task.
    """
    guidelines = readiness.guidelines_version(data.root)
    for number, article in enumerate(data.articles.values(), 1):
        built = task_builder.build_task(data, article, project, guidelines)
        result = built["predictions"][0]["result"]
        prediction = {
            "id": number, "result": result, "model_version": prediction_provenance.CURRENT_VERSION,
            "created_ago": "1 day", "score": None,
            "cluster": None, "neighbors": None, "mislabeling": 0.0, "created_at": _TIME, "updated_at": _TIME,
            "model": None, "model_run": None, "task": number, "project": 1,
        }  # fmt: skip
        annotation = {
            "id": number, "completed_by": 1, "result": [*map(_ticked, result)], "was_cancelled": False,
            "ground_truth": False, "created_at": _TIME, "updated_at": _TIME, "draft_created_at": None, "lead_time": 1.0,
            "prediction": prediction, "result_count": len(result), "unique_id": f"{number:032x}", "import_id": None,
            "last_action": None, "bulk_created": False, "task": number, "project": 1, "updated_by": 1,
            "parent_prediction": number, "parent_annotation": None, "last_created_by": None,
        }  # fmt: skip
        yield {
            "id": number, "annotations": [annotation], "drafts": [], "predictions": [number], "data": built["data"],
            "meta": built["meta"], "created_at": _TIME, "updated_at": _TIME, "allow_skip": True, "inner_id": number,
            "total_annotations": 1, "cancelled_annotations": 0, "total_predictions": 1, "comment_count": 0,
            "unresolved_comment_count": 0, "last_comment_updated_at": None, "project": 1, "updated_by": 1,
            "comment_authors": [],
        }  # fmt: skip


def _ticked(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as a person leaves it who ticks all layers that the draft holds."""
    if result.get("from_name") != schema_mapping.FINISHED:
        return result
    held = result["meta"]["pactwire"]["layers"]
    return {**result, "value": {"choices": held}, "origin": "prediction-changed"}


def export(data: corpus.Corpus, project: str, path: Path) -> None:
    """Write the tasks as an export, one at a time."""
    with path.open("wb") as stream:
        for number, task in enumerate(tasks(data, project)):
            stream.write((b"," if number else b"[") + msgspec.json.encode(task))
        stream.write(b"]")
