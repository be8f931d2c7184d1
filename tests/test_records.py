"""The typed records agree with the JSON Schemas."""

from enum import StrEnum
from typing import Any, get_type_hints

import pytest

from pactwire.model import records, schema


@pytest.mark.parametrize(
    ("record", "schema_name", "definition"),
    [
        (records.Document, "annotation", ""),
        (records.Annotator, "annotation", "annotator"),
        (records.Zone, "annotation", "zone"),
        (records.Entity, "annotation", "entity"),
        (records.Claim, "annotation", "claim"),
        (records.Stance, "annotation", "stance"),
        (records.Cluster, "annotation", "cluster"),
        (records.Topic, "annotation", "topic"),
        (records.Source, "article", "source"),
        (records.BulkArticle, "article", "article"),
    ],
)
def test_records_have_the_fields_of_the_schema(record: Any, schema_name: str, definition: str) -> None:
    """A typed record has the schema's properties, and requires the same ones."""
    whole = schema.load_schema(schema_name)
    node = whole["$defs"][definition] if definition else whole
    assert set(get_type_hints(record)) == set(node["properties"])
    assert set(record.__required_keys__) == set(node["required"])
    assert node["additionalProperties"] is False


@pytest.mark.parametrize(
    ("labels", "label_set"),
    [
        (records.ZoneKind, "zone_kind"),
        (records.Origin, "origin"),
        (records.Status, "status"),
        (records.AnnotatorKind, "annotator_kind"),
    ],
)
def test_enums_match_the_labels_of_the_schema(labels: type[StrEnum], label_set: str) -> None:
    """Enums list the schema's labels, in its order."""
    assert tuple(labels) == schema.label_names(label_set)


def test_content_kinds_match_the_schema() -> None:
    """CONTENT_KINDS are the kinds that the schema marks as content."""
    rows = schema.load_schema("annotation")["$defs"]["zone_kind"]["oneOf"]
    assert tuple(row["const"] for row in rows if row["x-content"]) == records.CONTENT_KINDS


def test_every_label_has_a_title_and_a_definition() -> None:
    """Every label of every set has a title and a definition that no other label of the set has."""
    for label_set in schema.LABEL_SETS:
        labels = schema.labels(label_set)
        assert len({label.title for label in labels}) == len({label.name for label in labels}) == len(labels)
        assert all(label.title and label.definition.endswith(".") for label in labels)
