"""Migrations of labels: the schema after each action, and what becomes of labels and documents."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.model.label_migration import LabelMigration
from pactwire.model.layers import AttributeKind
from pactwire.model.migrations import Migration, migration_flaws, parse_migration
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from support import schemas
from support.examples import examples
from support.schemas import Drawn

CHOICES = (AttributeKind.CHOICE, AttributeKind.CHOICES)


def migration(*steps: Any) -> Migration:
    """Return a migration of steps that have no flaws of form."""
    value = {"description": "why", "steps": list(steps)}
    assert list(migration_flaws(value)) == []
    return parse_migration("0001-test", value)


def migrated(schema: AnnotationSchema, *steps: Any) -> LabelMigration:
    """Return what steps do to the labels of a schema."""
    return LabelMigration(schema, migration(*steps))


def renames(schema: AnnotationSchema) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every rename that a schema allows, each with its way back."""
    for layer in schema.layers.values():
        named = {"action": "rename", "layer": layer.name}
        yield named | {"to": "another"}, {**named, "layer": "another", "to": layer.name}
        for attribute in layer.attributes:
            one = named | {"attribute": attribute.name}
            yield one | {"to": "other"}, one | {"attribute": "other", "to": attribute.name}
            for label in attribute.labels:
                yield one | {"label": label.name, "to": "Y"}, one | {"label": "Y", "to": label.name}
    for party in schema.parties:
        yield {"action": "rename", "party": party, "to": "Q"}, {"action": "rename", "party": "Q", "to": party}


@examples(150)
@given(schemas.drawn(), st.data())
def test_renaming_and_back_is_the_identity(drawn: Drawn, data: st.DataObject) -> None:
    """Names that change and change back leave schema and document as they were; in between, both are valid."""
    there: list[Any] = []
    back: list[Any] = []
    deprecated = {
        (layer, attribute, label.name)
        for layer, attribute, labels in drawn.schema.label_sets()
        for label in labels
        if label.is_deprecated
    }
    possible = [
        (one, other)
        for one, other in renames(drawn.schema)
        if (one.get("layer"), one.get("attribute"), one.get("label")) not in deprecated
    ]
    for one, other in data.draw(st.permutations(possible))[:1]:
        there, back = [*there, one], [other, *back]
    away = migrated(drawn.schema, *there)
    assert schema_flaws(away.schema.declaration) == []
    assert away.schema.text != drawn.schema.text
    between = away.migrate_document(drawn.document)
    assert away.schema.is_valid(between)
    home = migrated(away.schema, *back)
    assert home.schema.text == drawn.schema.text
    document = home.migrate_document(between)
    assert {key: value for key, value in document.items() if key != "labels"} == drawn.document
    assert list(document) == [*list(drawn.document)[:4], "labels", *list(drawn.document)[4:]]
    assert drawn.schema.is_valid(document)
