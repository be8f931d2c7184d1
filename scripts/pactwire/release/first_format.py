"""The format of 1.0.0, frozen: what a dataset had that does not declare it.

Until 1.0.0 all datasets had the same configs, which no file of a release described.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).with_name("formats") / "1.0.0"


@cache
def features() -> dict[str, Any]:
    """Return the features of each config, as `datasets.Features.to_dict` gives them."""
    configs: dict[str, Any] = json.loads((_FOLDER / "features.json").read_text(encoding="utf-8"))
    return configs


_LABEL_SETS: Final = {
    "zone_kind": "zones.kind",
    "origin": "zones.origin",
    "entity_type": "entities.type",
    "form": "entities.form",
    "claim_type": "claims.type",
    "commitment": "claims.commitment",
    "checkworthy": "claims.checkworthy",
    "polarity": "stances.polarity",
    "channel": "stances.channel",
}
_ENVELOPE_SETS: Final = ("status", "annotator_kind")
"""Label sets of the tool, which manifests no longer list."""


def declared_sets(label_sets: dict[str, Any]) -> dict[str, Any]:
    """Return the label sets of a manifest by their names today, ``layer.attribute``."""
    return {_LABEL_SETS.get(name, name): labels for name, labels in label_sets.items() if name not in _ENVELOPE_SETS}
