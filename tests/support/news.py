"""Two schemas with entities, claims and stances: that of the template for news, and that of this repository's dataset.

Tests of the tool use the first. The second is the owner's, who may change its layers and labels and migrate them.
"""

from pathlib import Path
from typing import Final

from pactwire.corpus import schema_file
from pactwire.model.schema import AnnotationSchema
from pactwire.release.dataset_template import TEMPLATES, Template

SCHEMA: Final[AnnotationSchema] = schema_file.read_schema(TEMPLATES / Template.NEWS)
OWN_SCHEMA: Final[AnnotationSchema] = schema_file.read_schema(Path(__file__).parents[2])
LAYERS: Final = SCHEMA.layer_names


def label_names(layer: str, attribute: str) -> tuple[str, ...]:
    """Return the names of the labels of a choice, in the schema's order."""
    return tuple(label.name for label in SCHEMA.labels(layer, attribute))
