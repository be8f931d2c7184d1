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
    """Return the texts that show an attribute's value; none for null."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, bool):
        return [FLAGS[value]]
    return [value if isinstance(value, str) else strict_json.compact(value)]


def attribute_value(control: AttributeControl, texts: Sequence[str]) -> Any:
    """Return the value that texts stand for; what stands for none is returned as it is, and the schema refuses it."""
    if control.value == AttributeKind.CHOICES:
        names = [label.name for label in control.labels]
        return sorted(texts, key=lambda text: names.index(text) if text in names else len(names))
    text = texts[0] if texts else None
    if control.value == AttributeKind.FLAG:
        return {name: flag for flag, name in FLAGS.items()}.get(str(text), text)
    if control.value == AttributeKind.NUMBER and text is not None:
        return _number(text)
    return text


def _number(text: str) -> Any:
    """Return the number that a text is, in its shortest form: a whole number has no fraction."""
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    if math.isinf(value):
        return text
    return int(text) if text.lstrip("-").isdigit() else int(value) if value.is_integer() else value
