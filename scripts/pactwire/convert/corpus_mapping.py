"""A mapping for one corpus, to edit: what it has that is named like something of the dataset is filled in."""

from collections.abc import Iterable, Mapping
from typing import Any

from pactwire.convert.default_mapping import default_mapping
from pactwire.convert.mapping import mention_layer
from pactwire.model.layers import Label
from pactwire.model.schema import AnnotationSchema


def corpus_mapping(schema: AnnotationSchema, form: str, names: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Return a mapping, as a JSON object, of a corpus's types, attributes and relations, sorted by name.

    Types that the dataset has no name for are null, and attributes and relations empty, which leaves them out.

    Args:
        schema: That of the dataset.
        form: The format of the corpus.
        names: The names in the corpus of ``types``, ``attributes`` and ``relations``.
    """
    default = default_mapping(schema, form, reads=True)
    types = sorted(names["types"])
    return {
        "types": {
            name: _short_entry(default["types"].get(name), schema) or similar_label(name, schema)
            for name in types
            if name not in default["parts"]
        },
        "parts": {name: default["parts"][name] for name in types if name in default["parts"]},
        **{
            section: {name: default[section].get(name, []) for name in sorted(names[section])}
            for section in ("attributes", "relations")
        },
        "annotated": default["annotated"],
    }


def _short_entry(entry: Any, schema: AnnotationSchema) -> Any:
    """Return the entry of a type in its short form: a label of the class of the mentions alone is a string."""
    mentions = mention_layer(schema)
    if entry and mentions and mentions.class_attribute and entry["layer"] == mentions.name:
        values = entry.get("values", {})
        return next(iter(values.values()), entry)
    return entry


def similar_label(name: str, schema: AnnotationSchema) -> str | None:
    """Return the label of the class of the mentions whose name or title is like a type; None if none or several are.

    ``pers`` and ``PERSON`` begin the title Person; ``Organization`` is another spelling of Organisation.
    """
    mentions = mention_layer(schema)
    attribute = mentions.class_attribute if mentions else None
    known: list[Label] = [label for label in attribute.labels if not label.is_deprecated] if attribute else []
    spelling = name.lower().replace("z", "s")
    named = [label.name for label in known if label.name.lower() == name.lower()]
    begun = [label.name for label in known if len(spelling) > 2 and label.title.lower().startswith(spelling)]
    return next(iter(named or (begun if len(begun) == 1 else [])), None)
