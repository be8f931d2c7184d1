"""Rows of a release without texts: no word of a source is left, all else is."""

from typing import Any

import pytest

from pactwire.release import text_free
from support.news import SCHEMA


def test_removes_source_text_at_every_depth() -> None:
    """Words of the source become null at any depth; offsets, links and normalized sentences are kept."""
    row: dict[str, Any] = {
        "id": "00000000000000aa", "text": "Words", "title": "Words", "section": "Words", "tokens": ["Words"],
        "a_text": "Words", "b_text": "Words",
        "claims": [{"text": "Words", "start": 0, "claimant_names": ["Words"], "cue": {"text": "Words", "end": 4},
                    "claimant_links": ["Q159"], "normalized": "Ours."}],
    }  # fmt: skip
    bare = text_free.strip_text(SCHEMA, (), "claims", row)
    assert "Words" not in str(bare)
    assert bare["id"] == "00000000000000aa"
    [claim] = bare["claims"]
    assert claim == {
        "text": None, "start": 0, "claimant_names": None, "cue": {"text": None, "end": 4},
        "claimant_links": ["Q159"], "normalized": "Ours.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("holder", "kind", "left"),
    [
        ("AUTHOR", "topic", ("AUTHOR", "Ties")),
        ("UNNAMED", "claim", ("UNNAMED", None)),
        ("Reuters", "entity", (None, None)),
    ],
)
def test_keeps_parties_that_are_not_source_text(holder: str, kind: str, left: tuple[str | None, str | None]) -> None:
    """The author, an unnamed source and a topic are kept; mentions and claims are removed."""
    row = {"holder": holder, "target": "Ties", "target_kind": kind, "source": [], "label": 0}
    bare = text_free.strip_text(SCHEMA, (), "stance", row)
    assert (bare["holder"], bare["target"], bare["label"]) == (*left, 0)
