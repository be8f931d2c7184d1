"""What a dataset's schema says of names: which are persons or places, and which labels of models mean them.

Drafts are written for the layer entities, as the template ``news`` declares it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model.news_layers import require_layers
from pactwire.model.schema import AnnotationSchema

ENTITIES: Final = "entities"
PERSON, PLACE = "person", "place"
"""What a label's ``x-names`` says of the names that it is for."""
ADJECTIVE: Final = "adjective"
"""The form of an adjective that is made from a name."""


@dataclass(frozen=True)
class NameLabels:
    """The types of names in the schema's order, those of persons and of places, and the form that mentions have.

    ``models`` has the type of each label of a kind of model that means one.
    """

    types: tuple[str, ...]
    persons: frozenset[str]
    places: frozenset[str]
    form: str
    models: Mapping[str, Mapping[str, str]]
    content_kinds: frozenset[str]


@cache
def name_labels(schema: AnnotationSchema) -> NameLabels:
    """Return what a schema says of names; raises DataError (layers-unsupported) if it has no layer entities."""
    require_layers(schema, [ENTITIES], SCHEMA_FILE, "`pactwire suggest`")
    layer = schema.layers[ENTITIES]
    types = layer.attribute("type").labels
    models: dict[str, dict[str, str]] = {}
    for label in types:
        for kind, names in (label.models or {}).items() if not label.is_deprecated else ():
            models.setdefault(kind, {}).update(dict.fromkeys(names, label.name))
    form = layer.attribute("form")
    return NameLabels(
        types=tuple(label.name for label in types),
        persons=frozenset(label.name for label in types if label.names == PERSON),
        places=frozenset(label.name for label in types if label.names == PLACE),
        form=form.default or form.label_names[0],
        models=models,
        content_kinds=schema.content_kinds,
    )
