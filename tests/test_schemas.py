"""The schemas: both validators agree, and explanations list what is allowed."""

import copy
import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.model.json_schemas import Validator, tool_validator
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_composition import LABEL_ID, resolve
from support import strategies
from support.examples import examples
from support.news import SCHEMA
from support.rich_schema import rich_schema

GOLDEN = Path(__file__).parent / "golden"
DOCUMENTS = sorted(GOLDEN.glob("**/annotations/*/*.json"))
ODD = ["", "\ufeff", "\u0085", "\n", "a\n", "٣", "0000000000000000\n", "2026-01-0٣T00:00:00Z", "Q٣", "🙂", "AUTHOR"]
DOCUMENTS_OF_NEWS = SCHEMA.validator()
JSON: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(ODD)
    | st.just([])
    | st.just({})
)


def agree(value: Any, validator: Validator = DOCUMENTS_OF_NEWS) -> bool:
    """Return whether a value is valid, and assert that both validators agree."""
    valid = validator.is_valid(value)
    assert valid == (not validator.explain(value))
    return valid


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: "/".join(path.parts[-4:]))
def test_validators_agree_on_golden_files(path: Path) -> None:
    """Each golden document that is JSON is valid for both or for neither."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        pytest.skip("not JSON, which its own golden folder is about")
    agree(value)


def test_finds_golden_files() -> None:
    """The glob above finds documents, valid and invalid ones."""
    assert len(DOCUMENTS) > 20


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in _nodes(child, (*path, key)))]


@examples(150)
@given(strategies.annotated(), st.data())
def test_validators_agree_on_generated_documents(case: Any, data: st.DataObject) -> None:
    """Both accept valid documents, and agree when one value is replaced, removed or added."""
    document = case.document
    assert agree(document)
    changed = copy.deepcopy(document)
    path = data.draw(st.sampled_from(_nodes(changed)[1:]))
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    match data.draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            node[path[-1]] = data.draw(JSON)
        case "remove":
            del node[path[-1]]
        case _:
            target = node[path[-1]]
            if isinstance(target, dict):
                target["extra"] = data.draw(JSON)
            elif isinstance(target, list):
                target.append(data.draw(JSON))
    agree(changed)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "definition", ["article_id", "sha256", LABEL_ID, "annotator_id", "time", "qid", "link", "topic_id", "language"]
)
def test_patterns_reject_what_regex_engines_match_differently(definition: str, odd: str) -> None:
    """White space of other engines, trailing newlines and non-ASCII digits are rejected by both."""
    assert not agree(odd, SCHEMA.validator(definition))


def test_patterns_accept_valid_values() -> None:
    """Typical values match the patterns."""
    for definition, value in {
        "article_id": "5ccec2fc13046f9d", "id": "cue-1.b_2", "annotator_id": "ann-1", "time": "2026-01-31T00:00:00Z",
        "qid": "Q42", "link": "NIL:john-kirby", "topic_id": "topic:war-in-ukraine", "language": "und",
    }.items():  # fmt: skip
        assert agree(value, SCHEMA.validator(definition))


@pytest.mark.parametrize(("layer", "attribute"), [(layer, name) for layer, name, _ in SCHEMA.label_sets()])
def test_explains_a_wrong_label_with_the_allowed_ones(layer: str, attribute: str) -> None:
    """The message lists every allowed label, in the schema's order."""
    validator = SCHEMA.label_validator(layer)
    properties = resolve(SCHEMA.composed, validator.schema)["properties"]
    wrong = {**dict.fromkeys(properties), attribute: "no such"}
    [message] = [message for _, path, message in validator.explain(wrong) if path == (attribute,)]
    assert message.startswith('"no such" is not allowed for ')
    assert message.endswith("allowed are: " + ", ".join(label.name for label in SCHEMA.labels(layer, attribute)))


@pytest.mark.parametrize("definition", ["status", "annotator"])
def test_explains_a_wrong_label_of_the_envelope(definition: str) -> None:
    """Likewise for what is the same in every dataset."""
    name = {"status": "status", "annotator": "annotator_kind"}[definition]
    wrong: Any = "no such" if definition == "status" else {"id": "a", "kind": "no such", "name": None, "version": None}
    [(_, _, message)] = SCHEMA.explain(wrong, definition)
    assert message.endswith("allowed are: " + ", ".join(label.name for label in SCHEMA.envelope_labels(name)))


def subject_schema() -> AnnotationSchema:
    """Return the rich schema with a link that has a pattern and no description, and with labels that changed."""
    declared = rich_schema()
    properties = declared["$defs"]["subject"]["properties"]
    link = {"x-attribute": {"kind": "link"}, "type": "string"}
    properties["dose"] = {"x-attribute": {"kind": "number"}, "type": "number", "maximum": 5}
    properties["species"] = {**link, "pattern": r"^NIL:[a-z]+(?![\s\S])"}
    properties["mood"] = {
        "x-attribute": {"kind": "choice"},
        "title": "State of mind",
        "anyOf": [{"type": "string", "oneOf": [{"const": "calm"}]}, {"type": "null"}],
    }
    properties["also"]["items"]["oneOf"][1]["x-formerly"] = "games"
    properties["also"]["items"]["oneOf"].append({"const": "pets", "x-deprecated": True})
    return AnnotationSchema(declared)


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        ("also", ["law", "fish"], '"fish" is not allowed for also; allowed are: law, sport'),
        ("also", ["pets"], '"pets" is not allowed for also: it is deprecated; allowed are: law, sport'),
        ("also", ["games"], '"games" is not allowed for also: it is called sport now; allowed are: law, sport'),
        ("main", None, "null is not allowed for main; allowed are: war, trade"),
        ("mood", 3, "3 is not allowed for state of mind; allowed are: calm"),
        ("urgent", None, "null for urgent is not of type 'boolean'"),
        ("dose", "2.5", "\"2.5\" for dose is not of type 'number'"),
        ("dose", 7, "7 for dose is greater than the maximum of 5"),
        ("species", "Q159", '"Q159" is not allowed for species: it must match ^NIL:[a-z]+$'),
        ("by", [], "[] for by should be non-empty"),
    ],
)
def test_explains_a_mistake_once_with_the_name_of_the_attribute(attribute: str, value: Any, expected: str) -> None:
    """The message names the attribute, also for an item of a list, and says what is known of a label that changed."""
    label = {"main": "trade", "urgent": True, "by": ["ana"], attribute: value}
    [(code, _, message)] = subject_schema().label_validator("about").explain(label)
    assert (code, message) == ("schema", expected)


def test_names_nothing_for_a_value_by_itself() -> None:
    """A value that is validated alone, as on a command's line, has no name."""
    assert subject_schema().attribute_validator("about", "dose").explain("x") == [
        ("schema", (), "\"x\" is not of type 'number'")
    ]


def test_sources_and_bulk_lines_have_schemas() -> None:
    """A source needs its hash, a bulk article its text and license; unknown properties are rejected."""
    article, source = (tool_validator("article.schema", name) for name in ("article", "source"))
    assert agree({"text": "x", "license": "y"}, article)
    assert not agree({"text": "x"}, article)
    assert not agree({"text": "x", "license": "y", "titel": "z"}, article)
    assert not agree({"id": "5ccec2fc13046f9d"}, source)


def test_a_party_is_no_id() -> None:
    """No label is named like a party, since references to it could be either; other validators can't tell."""
    assert not agree("AUTHOR", SCHEMA.validator(LABEL_ID))
    [(_, _, message)] = SCHEMA.explain("AUTHOR", LABEL_ID)
    assert message.endswith("unique in its document, and no party (AUTHOR, UNNAMED).")
    assert agree("AUTHORS", SCHEMA.validator(LABEL_ID))
    assert agree("AUTHOR", SCHEMA.validator("reference"))


@pytest.mark.parametrize("attribute", ["score", "share"])
@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, 10**400])
def test_a_number_fits_its_column(attribute: str, number: int) -> None:
    """A number that no column can hold exactly is an issue of its document, and not an error of the build."""
    declared = rich_schema()
    declared["$defs"]["subject"]["properties"]["share"] = {
        "x-attribute": {"kind": "number"},
        "anyOf": [{"type": "number", "maximum": 2**53}, {"type": "null"}],
    }
    validator = AnnotationSchema(declared).attribute_validator("about", attribute)
    for sound in (0, 2**53):
        assert agree(sound, validator)
    assert not agree(number, validator)
    assert agree(-(2**53), validator) == (attribute == "share")
    assert not agree(-number, validator)


def test_only_is_a_pattern_as_other_keywords_have_them() -> None:
    r"""One engine reads all patterns of a schema; in Python's, \d would be any digit, and $ also before a final LF."""
    link = dataclasses.replace(SCHEMA.layers["entities"].links[0], only=r"^NIL:\d$")
    assert [link.allows_link(each) for each in ("NIL:3", "NIL:٣", "NIL:3\n", "Q3")] == [True, False, False, False]


def test_equal_schemas_are_one_object_in_a_process() -> None:
    """A schema that went to another process is the one that is there, with its validators."""
    again = pickle.loads(pickle.dumps(SCHEMA))
    assert again == SCHEMA and hash(again) == hash(SCHEMA) and again is SCHEMA
