"""Suggestions know no name of the schema: other names change nothing else."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.corpus import corpus
from pactwire.suggest import draft_writer
from pactwire.suggest.models import ModelSpan
from support.renaming import without_digests
from test_renaming import pair
from test_suggest_models import Fixed


def _without_labels(root: Path, count: int) -> list[str]:
    """Remove all documents of the last articles, and return their ids."""
    ids = sorted(path.stem for path in (root / "annotations/final").glob("*.json"))[-count:]
    for article in ids:
        for path in (root / "annotations").glob(f"*/{article}.json"):
            path.unlink()
    return ids


def _drafts(root: Path, annotator: str) -> str:
    paths = sorted((root / "annotations" / annotator).glob("*.json"))
    return "".join(path.read_text("utf-8") for path in paths)


@pytest.mark.parametrize("name", ["news", "floods"])
def test_drafts_are_the_same_up_to_names(name: str, tmp_path: Path, run: Run) -> None:
    """So are their counts, those of a model, and the evaluation."""
    old, new, renaming = pair(name, tmp_path)
    outputs: list[list[Any]] = []
    for root in (old, new):
        printed = [run("suggest", "--leave-one-out", "--root", root, "--format", form) for form in ("text", "json")]
        ids = _without_labels(root, 2)
        printed.append(run("suggest", "--root", root))
        assert [done.returncode for done in printed] == [0, 0, 0], printed
        model = Fixed(*(ModelSpan(start, start + 4, "PER") for start in range(0, 80, 4)))
        data = corpus.load_corpus(root)
        report = draft_writer.write_drafts(data, ids, model, False, lambda: None)
        assert report.model["new"] > 0
        drafts = [_drafts(root, annotator) for annotator in ("name-rules", "m")]
        assert all(drafts)
        outputs.append([*(done.stdout for done in printed), str(report.as_json()), *drafts])
    for before, after in zip(*outputs, strict=True):
        assert renaming.translated_back(after) == without_digests(before)
