"""Any schema: it has no flaws, and all validators agree on documents that are valid under it, and on changed ones."""

import copy
from typing import Any

import jsonschema
import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from pactwire.build import features
from pactwire.model import strict_json
from pactwire.model.labels import document_labels
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from pactwire.validation import integrity
from support import schemas
from support.examples import examples
from support.strategies import LINKS, TOPICS

VALUES: list[Any] = [
    None,
    True,
    0,
    3,
    -1,
    2.5,
    "",
    "a",
    "O",
    "abc\n",
    "x\u0663",
    "AUTHOR",
    "topic:0",
    "a1",
    "b1",
    [],
    {},
    ["a"],
    ["AUTHOR"],
]


@examples(100)
@given(schemas.declarations())
def test_drawn_schemas_have_no_flaws(declaration: Any) -> None:
    """And each config that they declare has columns."""
    assert schema_flaws(declaration) == []
    schema = AnnotationSchema(declaration)
    for config in features.configs(schema):
        assert features.arrow_schema(schema, config).names


def nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of a value and of all values in it."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in nodes(child, (*path, key)))]


def is_stricter(schema: AnnotationSchema, document: Any) -> bool:
    """Say whether a document has what only the composed form refuses: a status, an id of a label, or a label."""
    if set(document["status"]) - set(schema.layer_names):
        return True
    labels = [(name, label) for name in schema.layer_names for label in document_labels(document, name)]
    if any(label.get("id") in schema.parties for _, label in labels):
        return True
    gone = {
        (layer, attribute, label.name)
        for layer, attribute, own in schema.label_sets()
        for label in own
        if label.is_deprecated
    }
    return any(
        (name, key, each) in gone
        for name, label in labels
        for key, value in label.items()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, str)
    )


@examples(60)
@given(schemas.drawn(), st.data())
def test_validators_agree_on_any_schema(drawn: schemas.Drawn, data: st.DataObject) -> None:
    """A drawn document is valid for the schema as it is written and as it is composed; both agree on changed ones."""
    schema = drawn.schema
    slow = jsonschema.Draft202012Validator(schema.declaration)
    fast = jsonschema_rs.Draft202012Validator(schema.declaration)
    is_ambiguous = any(strict_json.compact(pattern) in schema.text for pattern in schemas.AMBIGUOUS_PATTERNS)
    assert integrity.check_document(drawn.document, drawn.article, drawn.zones, schema, LINKS, TOPICS) == []
    for changed in [drawn.document, data.draw(changes(schema, drawn.document))]:
        valid = schema.is_valid(changed)
        assert valid == (not schema.explain(changed))
        raw = fast.is_valid(changed)
        assert raw == slow.is_valid(changed) or is_ambiguous
        assert raw == valid or (raw and is_stricter(schema, changed))
    assert schema.is_valid(drawn.document)


@st.composite
def changes(draw: st.DrawFn, schema: AnnotationSchema, document: Any) -> Any:
    """Draw a document with one value replaced, removed or added, preferably in a layer."""
    changed = copy.deepcopy(document)
    paths = nodes(changed)[1:]
    within = [path for path in paths if path[0] in (*schema.layers, "status")]
    path = draw(st.sampled_from(within * 3 + paths))
    node = changed
    for step in path[:-1]:
        node = node[step]
    labels = [label.name for _, _, own in schema.label_sets() for label in own]
    value = draw(st.sampled_from([*VALUES, *labels, *schema.parties]))
    action, target = draw(st.sampled_from(["replace", "replace", "remove", "add"])), node[path[-1]]
    if action == "remove":
        del node[path[-1]]
    elif action == "add" and isinstance(target, dict):
        target[draw(st.sampled_from(["extra", "id", "by", *schema.layers]))] = "draft"
    elif action == "add" and isinstance(target, list):
        target.append(value)
    else:
        node[path[-1]] = value
    return changed
