"""Values of attributes as the texts that a control holds, and back.

A choice, a link and a text are themselves, several choices several texts, a flag ``yes`` or ``no``, and a number its
JSON.
"""

import math
import re
from collections.abc import Sequence
from typing import Any, Final

from pactwire.labelstudio.attribute_controls import AttributeControl
from pactwire.model import strict_json
from pactwire.model.layers import AttributeKind, Label

_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]{1,3})?", re.ASCII)
FLAGS: Final = {True: "yes", False: "no"}
FLAG_LABELS: Final = tuple(Label(name, name.capitalize(), "") for name in FLAGS.values())


def control_texts(value: Any) -> list[str]:
    """Return the texts that show an attribute's value, each once; none for null and for an empty text."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return list(dict.fromkeys(value))
    if isinstance(value, bool):
        return [FLAGS[value]]
    return [value if isinstance(value, str) else strict_json.compact(value)]


def attribute_value(control: AttributeControl, texts: Sequence[str]) -> Any:
    """Return the value that texts, at least one, stand for.

    A text that stands for none is returned as it is, and the schema refuses it.
    """
    if control.value == AttributeKind.CHOICES:
        names = [label.name for label in control.labels]
        return sorted(dict.fromkeys(texts), key=lambda text: names.index(text) if text in names else len(names))
    if control.value == AttributeKind.FLAG:
        return {name: flag for flag, name in FLAGS.items()}.get(texts[0], texts[0])
    return _number(texts[0]) if control.value == AttributeKind.NUMBER else texts[0]


def _number(text: str) -> Any:
    """Return the number that a text is, in its shortest form: a whole number has no fraction."""
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    if math.isinf(value):
        return text
    return int(text) if text.lstrip("-").isdigit() else int(value) if value.is_integer() else value
