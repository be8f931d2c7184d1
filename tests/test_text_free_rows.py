"""Rows of a release without texts: no word of a source is left, all else is."""

from typing import Any

import pytest

from pactwire.release import text_free


def test_claimants_and_texts_are_taken_out_of_every_depth() -> None:
    """Words of the source become null, wherever they stand; offsets, links and our own sentences stay."""
    row: dict[str, Any] = {
        "id": "00000000000000aa", "text": "Words", "title": "Words", "section": "Words", "tokens": ["Words"],
        "a_text": "Words", "b_text": "Words",
        "claims": [{"text": "Words", "start": 0, "claimant_names": ["Words"], "cue": {"text": "Words", "end": 4},
                    "claimant_links": ["Q159"], "normalized": "Ours."}],
    }  # fmt: skip
    bare = text_free.strip_text(row)
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
def test_a_stance_keeps_parties_that_are_no_words_of_the_source(
    holder: str, kind: str, left: tuple[str | None, str | None]
) -> None:
    """The author, an unnamed source and a topic stay; mentions and claims go."""
    bare = text_free.strip_text({"holder": holder, "target": "Ties", "target_kind": kind, "label": 0})
    assert (bare["holder"], bare["target"], bare["label"]) == (*left, 0)
