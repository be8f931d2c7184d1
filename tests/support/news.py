"""The schema of this repository's dataset, with entities, claims and stances, and its labels."""

from pathlib import Path
from typing import Final

from pactwire.corpus import schema_file
from pactwire.model.schema import AnnotationSchema

SCHEMA: Final[AnnotationSchema] = schema_file.read_schema(Path(__file__).parents[2])


LAYERS: Final = SCHEMA.layer_names


def label_names(layer: str, attribute: str) -> tuple[str, ...]:
    """Return the names of the labels of a choice, in the schema's order."""
    return tuple(label.name for label in SCHEMA.labels(layer, attribute))
