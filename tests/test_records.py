"""The typed records agree with the JSON Schemas."""

from enum import StrEnum
from typing import Any, get_type_hints

import pytest

from pactwire.model import records
from pactwire.model.json_schemas import tool_schema
from pactwire.model.schema import bare_schema
from support.news import SCHEMA

ENVELOPE = tool_schema("envelope")["$defs"]


@pytest.mark.parametrize(
    ("record", "node"),
    [
        (records.Document, bare_schema().composed),
        (records.Annotator, ENVELOPE["annotator"]),
        (records.Zone, ENVELOPE["zone"]),
        (records.Topic, tool_schema("tables.schema")["$defs"]["topic"]),
        (records.Source, tool_schema("article.schema")["$defs"]["source"]),
        (records.BulkArticle, tool_schema("article.schema")["$defs"]["article"]),
    ],
)
def test_records_have_the_fields_of_the_schema(record: Any, node: Any) -> None:
    """A typed record has the schema's properties, and requires the same ones."""
    assert set(get_type_hints(record)) == set(node["properties"])
    assert set(record.__required_keys__) == set(node["required"])
    assert node["additionalProperties"] is False


def test_clusters_have_a_text_of_their_layer_beside_their_fields() -> None:
    """A cluster has the fields of its record, and the text that the schema names."""
    node = SCHEMA.cluster_validator(SCHEMA.layers["claims"]).schema
    assert {*get_type_hints(records.Cluster), "normalized"} == set(node["properties"]) == set(node["required"])


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (records.ZoneKind, SCHEMA.zone_kinds),
        (records.Origin, SCHEMA.envelope_labels("origin")),
        (records.Status, SCHEMA.envelope_labels("status")),
        (records.AnnotatorKind, SCHEMA.envelope_labels("annotator_kind")),
    ],
)
def test_enums_match_the_labels_of_the_envelope(labels: type[StrEnum], found: Any) -> None:
    """Enums list the envelope's labels, in its order."""
    assert tuple(labels) == tuple(label.name for label in found)


def test_content_kinds_match_the_envelope() -> None:
    """CONTENT_KINDS are the kinds that the envelope marks as content."""
    rows = ENVELOPE["zone_kind"]["oneOf"]
    assert tuple(row["const"] for row in rows if row["x-content"]) == records.CONTENT_KINDS


def test_every_label_has_a_title_and_a_definition() -> None:
    """Every label of every choice has a title and a definition that no other label of the choice has."""
    envelope = [SCHEMA.envelope_labels(name) for name in ("status", "annotator_kind")]
    for labels in (*envelope, *(labels for _, _, labels in SCHEMA.label_sets())):
        assert len({label.title for label in labels}) == len({label.name for label in labels}) == len(labels)
        assert all(label.title and label.definition.endswith(".") for label in labels)
