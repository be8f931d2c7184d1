"""Lines with mentions to the training records of GLiNER (https://github.com/urchade/GLiNER): JSON, and back.

``{"tokenized_text": ["…"], "ner": [[first, last, "TYPE"]]}``: token indices, the last one inclusive. Mentions nest.
"""

from collections.abc import Sequence
from typing import Any

from pactwire.convert.mention_tokens import Line
from pactwire.model import strict_json


def record(line: Line) -> dict[str, Any]:
    """Return the record of a line."""
    return {
        "tokenized_text": [token["text"] for token in line.tokens],
        "ner": [[*line.place(mention), mention["type"]] for mention in line.mentions],
    }


def write(lines: Sequence[Line]) -> str:
    """Return a JSON array of the records of lines, one record a line of the file."""
    return "[" + ",".join(f"\n{strict_json.compact(record(line))}" for line in lines) + "\n]\n"
