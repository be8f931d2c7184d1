"""Mapping between the annotation schema and Label Studio: projects, region labels, controls and relations.

A control is the name of a tag in the labeling config, and the ``from_name`` of its results.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from pactwire.model import schema
from pactwire.model.records import Layer

PROJECT_LAYERS: Final[dict[str, tuple[Layer, ...]]] = {"labels": ("entities", "claims", "stances"), "zones": ("zones",)}
"""The layers of each project: those that its tasks show, and that a pull from it returns."""

"""The schema definition of each layer's labels."""

CUES: Final = "cues"
"""The pseudo-layer of regions that are the cue of a claim."""

TEXT: Final = "text"
LABEL: Final = "label"
FINISHED: Final = "finished"
FLAGS: Final = "flags"
CLAIMANT: Final = "claimant"
HOLDER: Final = "holder"
TARGET: Final = "target"
CUE: Final = "cue"
TOPIC: Final = "topic"

CHOICES: Final = "choices"
TEXTAREA: Final = "textarea"
TAXONOMY: Final = "taxonomy"
"""A searchable list of names and ids; its value is the id."""

FLAG_NAMES: Final = ("needs discussion", "text unusable")

_SINGLE_LABELS: Final = {"claims": "CLAIM", CUES: "CUE", "stances": "STANCE"}
_LABEL_SETS: Final = {"zones": "zone_kind", "entities": "entity_type"}


class AttributeControl(NamedTuple):
    """The control of a label's attribute: the layer and key that it fills, its kind, and its label set if it has one.

    An optional one may be left unset, which means null or the default of its label set. ``typed_control`` is another
    control for the same key, to type values that the list does not have.
    """

    control: str
    layer: str
    key: str
    kind: str
    label_set: str = ""
    optional: bool = False
    typed_control: str = ""


ATTRIBUTE_CONTROLS: Final = (
    AttributeControl("form", "entities", "form", CHOICES, "form", optional=True),
    AttributeControl("link", "entities", "link", TAXONOMY, optional=True, typed_control="new_link"),
    AttributeControl("metonym_of", "entities", "metonym_of", TAXONOMY, optional=True, typed_control="new_metonym_of"),
    AttributeControl("claim_type", "claims", "type", CHOICES, "claim_type"),
    AttributeControl("commitment", "claims", "commitment", CHOICES, "commitment"),
    AttributeControl("checkworthy", "claims", "checkworthy", CHOICES, "checkworthy"),
    AttributeControl("normalized", "claims", "normalized", TEXTAREA),
    AttributeControl("polarity", "stances", "polarity", CHOICES, "polarity"),
    AttributeControl("channel", "stances", "channel", CHOICES, "channel"),
    AttributeControl("origin", "zones", "origin", CHOICES, "origin"),
    AttributeControl("language", "zones", "language", TEXTAREA),
)
"""Attributes that have a control of their own."""

REFERENCE_CONTROLS: Final = {CLAIMANT: ("claims", CHOICES), HOLDER: ("stances", CHOICES), TOPIC: ("stances", TAXONOMY)}
"""Controls for references to something that is not a region: their layer and kind."""

RELATIONS: Final = {
    CLAIMANT: ("claims", ("entities",)),
    CUE: ("claims", (CUES,)),
    HOLDER: ("stances", ("entities",)),
    TARGET: ("stances", ("entities", "claims")),
}
"""The layer that each relation starts from, and the layers that it may lead to."""


@cache
def region_labels(project: str) -> Mapping[str, str]:
    """Return the layer (or CUES) of each region label of a project, in the order of the palette."""
    layers: dict[str, str] = {}
    for layer in PROJECT_LAYERS[project]:
        if layer in _LABEL_SETS:
            layers |= dict.fromkeys(schema.label_names(_LABEL_SETS[layer]), layer)
        else:
            layers[_SINGLE_LABELS[layer]] = layer
        if layer == "claims":
            layers[_SINGLE_LABELS[CUES]] = CUES
    return layers


def region_label(layer: str, record: Any) -> str:
    """Return the region label of a layer's record: its type or kind if the layer has several labels."""
    return _SINGLE_LABELS.get(layer) or str(record["kind" if layer == "zones" else "type"])


def references(record: Any) -> Iterator[tuple[str, str, str]]:
    """Yield (relation, control for choices, id or choice) for all references of a claim or stance except its cue."""
    for party in record.get("claimants", ()):
        yield CLAIMANT, CLAIMANT, party
    if "holder" in record:
        yield HOLDER, HOLDER, record["holder"]
        yield TARGET, TOPIC, record["target"]


@cache
def per_region_controls(project: str) -> Mapping[str, tuple[str, str]]:
    """Return the (layer, kind) of each per-region control of a project."""
    layers = PROJECT_LAYERS[project]
    fields: dict[str, tuple[str, str]] = {
        field.control: (field.layer, field.kind) for field in ATTRIBUTE_CONTROLS if field.layer in layers
    }
    fields |= {
        field.typed_control: (field.layer, TEXTAREA)
        for field in ATTRIBUTE_CONTROLS
        if field.layer in layers and field.typed_control
    }
    return fields | {control: (layer, kind) for control, (layer, kind) in REFERENCE_CONTROLS.items() if layer in layers}
