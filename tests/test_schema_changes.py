"""Labels since the last release: each keeps its place, or is told; and the tool's own definitions in a schema."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import envelope
from pactwire.model.json_schemas import tool_schema
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_changes import schema_changes
from pactwire.model.schema_flaws import schema_flaws
from pactwire.release import docs, first_format, snapshots, source_tree
from pactwire.validation import validate
from support.examples import examples
from support.rich_schema import rich_schema

CHANNEL = ("$defs", "stance", "properties", "channel", "oneOf")


def with_labels(labels: list[Any]) -> AnnotationSchema:
    """Return the rich schema with these labels of the channel of stances."""
    schema = rich_schema()
    schema["$defs"]["stance"]["properties"]["channel"]["oneOf"] = labels
    assert schema_flaws(schema) == []
    return AnnotationSchema(schema)


def label(name: str, **more: Any) -> dict[str, Any]:
    """Return a label as it is in a schema."""
    return {"const": name, "title": name, "description": name, **more}


def messages(old: list[Any], new: list[Any]) -> list[tuple[Any, str]]:
    """Return the last steps of the path, and the message, of each change between two lists of labels."""
    changes = schema_changes(with_labels(old), with_labels(new), "v1")
    assert {code for code, _, _ in changes} <= {"release-labels"}
    assert all(path[: len(CHANNEL)] == CHANNEL for _, path, _ in changes)
    return [(path[len(CHANNEL) :], message) for _, path, message in changes]


A, B, C = label("a"), label("b"), label("c")


def test_allows_what_keeps_class_numbers() -> None:
    """New labels at the end, other definitions, deprecated and renamed ones."""
    new = [{**label("a2"), "x-formerly": "a"}, {**B, "x-deprecated": True}, {**C, "description": "Other."}, label("d")]
    assert messages([A, B, C], new) == []
    assert messages(new, [label("a2"), *new[1:]]) == []


GONE = "{} is no label of stances.channel (keep it with x-deprecated, or name it in x-formerly), and was label {} in v1"
MOVED = "{} is label {} of stances.channel, and was label {} in v1"


@pytest.mark.parametrize(
    ("new", "changes"),
    [
        ([A, C], [((), GONE.format("b", 2)), ((1, "const"), MOVED.format("c", 2, 3))]),
        ([A, label("x"), C], [((), GONE.format("b", 2))]),
        ([B, A, C], [((0, "const"), MOVED.format("b", 1, 2))]),
        ([label("x"), A, B, C], [((1, "const"), MOVED.format("a", 2, 1))]),
        ([A, {**B, "x-formerly": "c"}], [((), GONE.format("c", 3))]),
    ],
    ids=["removed", "renamed", "moved", "inserted", "merged"],
)
def test_tells_what_shifts_class_numbers(new: list[Any], changes: Any) -> None:
    """Each label that is gone is told, and the first that stands elsewhere, with its place."""
    assert messages([A, B, C], new) == changes


NAMES = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)


@st.composite
def renamed_labels(draw: st.DrawFn) -> list[Any]:
    """Draw labels with names and former names, all different."""
    names = draw(NAMES)
    former = draw(st.lists(st.sampled_from([each for each in "abcdef" if each not in names] or ["x"]), unique=True))
    rows = [label(name) for name in names]
    for row, name in zip(rows, former, strict=False):
        row["x-formerly"] = name
    return draw(st.permutations(rows))


@examples(60)
@given(NAMES, renamed_labels())
def test_has_no_change_only_where_each_label_keeps_its_place(old: list[str], new: list[Any]) -> None:
    """The label at each place is that of the last release, or says that it was called so."""
    keeps = len(new) >= len(old) and all(
        row["const"] == name or (row.get("x-formerly") == name and row["const"] not in old)
        for name, row in zip(old, new, strict=False)
    )
    assert (messages([label(name) for name in old], new) == []) == keeps


def test_compares_zone_kinds_and_choices_in_definitions() -> None:
    """Zone kinds may be added at the end; labels in a definition of several attributes have one place."""
    old, new = rich_schema(), rich_schema()
    new["$defs"]["zone_kind"]["oneOf"][14]["const"] = "banner"
    new["$defs"]["subject"]["properties"]["also"]["items"]["oneOf"].reverse()
    found = schema_changes(AnnotationSchema(old), AnnotationSchema(new), "v1")
    assert [path for _, path, _ in found] == [
        ("$defs", "zone_kind", "oneOf"),
        ("$defs", "subject", "properties", "also", "items", "oneOf", 0, "const"),
    ]


def test_this_dataset_keeps_the_class_numbers_of_its_first_release(checkout: Path) -> None:
    """No label of 1.0.0 is gone or elsewhere."""
    own = source_tree.read_any_schema(checkout)[0]
    assert schema_changes(first_format.annotation_schema(), own, "v1.0.0") == []


# --- the tool's definitions


def test_renews_the_tools_definitions_and_keeps_the_owners() -> None:
    """Edited and missing ones are the tool's again; those of the owner and zone kinds that were added stay."""
    schema = rich_schema()
    edited = copy.deepcopy(schema)
    edited["$defs"]["offset"]["minimum"] = 1
    edited["$defs"]["zone_kind"]["oneOf"][0]["title"] = "Headline"
    del edited["$defs"]["by"]
    assert schema_flaws(edited)
    renewed = envelope.renewed(edited)
    assert renewed == schema
    assert list(renewed["$defs"]) == [*edited["$defs"], "by"]
    assert renewed["$defs"]["zone_kind"]["oneOf"][-1]["const"] == "advert"
    assert edited["$defs"]["offset"]["minimum"] == 1
    assert envelope.renewed({"$ref": envelope.ENVELOPE})["$defs"] == tool_schema("envelope")["$defs"]


@pytest.mark.parametrize("value", [None, [], "x", {"$defs": {}}, {"$ref": envelope.ENVELOPE, "$defs": 3}])
def test_leaves_what_is_not_on_the_envelope(value: Any) -> None:
    """A schema of 1.0.0, or no schema at all, is returned as it is."""
    assert envelope.renewed(value) == value


def edit_envelope(root: Path) -> str:
    """Edit one of the tool's definitions in the schema of a dataset; return the text before."""
    path = root / SCHEMA_FILE
    text = path.read_text(encoding="utf-8")
    schema = json.loads(text)
    schema["$defs"]["article_id"]["description"] = "An id."
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return text


def test_docs_renews_the_schema(golden: Path, run: Run) -> None:
    """As the remedy of the issue says, even before the dataset is built; --check changes nothing and tells it."""
    text = edit_envelope(golden)
    assert "schema-envelope" in run("docs", "--check", "--root", golden).stdout
    done = run("docs", "--root", golden)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, f"renewed: {SCHEMA_FILE}")
    assert (golden / SCHEMA_FILE).read_text(encoding="utf-8") == text
    assert not docs.renew_schema(golden)
    assert validate.validate_dataset(golden) == []


def test_reads_a_snapshot_with_another_envelope(golden: Path) -> None:
    """A release that an older tool made has the tool's definitions of that time."""
    edit_envelope(golden)
    assert [issue.code for issue in validate.validate_dataset(golden)] == ["schema-envelope"]
    with snapshots.open_folder(golden, "before") as snapshot:
        assert len(list(snapshot.articles())) == 2
