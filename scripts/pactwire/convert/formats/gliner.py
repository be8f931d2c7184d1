"""Writer for GLiNER's training JSON (https://github.com/urchade/GLiNER).

A record is ``{"tokenized_text": ["…"], "ner": [[first, last, "TYPE"]]}``, with token indices, the last one inclusive.
Mentions may be nested.
"""

from collections.abc import Sequence
from typing import Any

from pactwire.convert.mention_tokens import TokenizedLine
from pactwire.model import strict_json


def gliner_record(line: TokenizedLine) -> dict[str, Any]:
    """Return the record of a line."""
    return {
        "tokenized_text": [token["text"] for token in line.tokens],
        "ner": [[*line.token_range(mention), mention["type"]] for mention in line.mentions],
    }


def format_records(lines: Sequence[TokenizedLine]) -> str:
    """Return a JSON array with the record of each line, one record per line of the file."""
    return "[" + ",".join(f"\n{strict_json.compact(gliner_record(line))}" for line in lines) + "\n]\n"
