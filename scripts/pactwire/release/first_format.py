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
