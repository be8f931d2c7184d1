"""What the prompts of a dataset define: layers, attributes, labels, topics and links; and its guidelines."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.guidelines import GUIDELINES_FILE
from pactwire.corpus.tables import LinkRow
from pactwire.model import strict_json
from pactwire.model.layer_reader import NUMBER_LIMITS, label_properties
from pactwire.model.layers import TOPICS, Attribute, AttributeKind
from pactwire.model.schema_composition import value_node
from pactwire.storage import files, generated_blocks
from pactwire.suggest.answer_schema import MOST_LINKS, are_listed
from pactwire.text.name_keys import sound_key

_KINDS: Final[Mapping[AttributeKind, str]] = {
    AttributeKind.CHOICE: "One of:",
    AttributeKind.CHOICES: "A list of:",
    AttributeKind.LINK: "An id of the links below.",
    AttributeKind.PART: "A place.",
    AttributeKind.TEXT: "A text.",
    AttributeKind.FLAG: "true or false.",
    AttributeKind.NUMBER: "A number.",
}
_LIMITS: Final = ("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", *NUMBER_LIMITS)
_MANY_LINKS: Final = "They are too many to list. Below each article are those whose names may occur in it."
_SOME_LINKS: Final = "Links whose names may occur in the article:"
_LEAST_SHARE: Final = 0.5
_NAME_WORD: Final = re.compile(r"[^\W_]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_GUIDELINES: Final = """\
# Guidelines

They are written for people. Where they ask for offsets, for ids that are not listed, or for anything else that the
JSON Schema has no place for, follow what is said above.

"""


def definitions(data: Corpus) -> Iterator[str]:
    """Yield what the layers of a dataset and their attributes are, its topics, and its links unless they are many."""
    declaration = data.schema.declaration
    for layer in data.schema.layers.values():
        kind = "a list of labels" if layer.is_span else "one label for the whole article, or null"
        yield f"# {layer.name}: {kind}\n\n{_joined(layer.description, data.schema.label_description(layer.name))}"
        nodes = dict(label_properties(declaration, declaration["properties"][layer.name]))
        lines = (_attribute_lines(each, value_node(declaration, nodes[each.name])[0]) for each in layer.attributes)
        yield "".join(f"{line}\n" for own in lines for line in own)
    if any(TOPICS in each.to for layer in data.schema.layers.values() for each in layer.references):
        rows = (f"- {topic['id']}: {topic['title']}. {topic['definition']}" for topic in data.topics.values())
        yield "\n".join(["# Topics", "", *rows, ""])
    if any(layer.links for layer in data.schema.layers.values()):
        listed = map(link_line, data.links.values()) if are_listed(data.links) else [_MANY_LINKS]
        yield "\n".join(["# Links: the only ids there are", "", *listed, ""])


def _joined(*texts: str) -> str:
    return " ".join(dict.fromkeys(each for each in texts if each))


def _attribute_lines(attribute: Attribute, node: Any) -> Iterator[str]:
    """Yield the lines about an attribute, whose values other than null the node of the schema describes."""
    yield f"- {attribute.name}: {_joined(attribute.description, attribute.value_description, _kind(attribute))}"
    for label in attribute.labels:
        if not label.is_deprecated:
            yield f"  - {label.name} ({label.title}): {label.definition}"
    for party in attribute.parties:
        yield f"  - or {party}"
    if attribute.only:
        yield f"  - must match {attribute.only}"
    is_plain = attribute.kind is AttributeKind.TEXT and "x-text" not in node
    limits = {key: node[key] for key in _LIMITS if key in node and (key != "pattern" or is_plain)}
    if limits:
        yield f"  - as in JSON Schema: {strict_json.compact(limits)}"


def _kind(attribute: Attribute) -> str:
    if not attribute.is_reference:
        return _KINDS[attribute.kind]
    targets = [*(f"a label of {name}" for name in attribute.target_layers), *["a topic"] * (TOPICS in attribute.to)]
    return f"{'A list of ids: each' if attribute.kind.is_list else 'The id'} of {', or '.join(targets)}."


def link_line(row: LinkRow) -> str:
    """Return a link as a model is shown it."""
    return f"- {row.link}: {row.name}{f' ({row.type})' if row.type else ''}"


class LinkIndex:
    """Finds links of a table that is too long to be listed by the sounds of their names; a shorter one has none."""

    def __init__(self, links: Mapping[str, LinkRow]) -> None:
        self._rows = [] if are_listed(links) else list(links.values())
        self._sizes: list[int] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(self._rows):
            sounds = _sounds(row.name)
            self._sizes.append(len(sounds))
            for sound in sounds:
                self._places[sound].append(place)

    def lines_below(self, text: str) -> list[str]:
        """Return the lines that list links below an article.

        They are those of which half of the name or more sounds like words of the text, in any script: the closest
        first, then in the order of the table, and at most `MOST_LINKS`.
        """
        counts = Counter(place for sound in _sounds(text) for place in self._places.get(sound, ()))
        shares = ((count / self._sizes[place], place) for place, count in counts.items())
        named = sorted((-share, place) for share, place in shares if share >= _LEAST_SHARE)
        lines = [link_line(self._rows[place]) for _, place in named[:MOST_LINKS]]
        return ["", _SOME_LINKS, *lines] if lines else []


def _sounds(text: str) -> set[str]:
    return {sound_key(word) or word.casefold() for word in _NAME_WORD.findall(text)}


def guidelines(data: Corpus) -> str:
    """Return the guidelines without their generated tables, which repeat the schema, the topics and the links."""
    text = generated_blocks.blank_blocks(files.read_text(data.root / GUIDELINES_FILE, GUIDELINES_FILE))
    return _GUIDELINES + _BLANK_LINES.sub("\n\n", text).strip() + "\n"
