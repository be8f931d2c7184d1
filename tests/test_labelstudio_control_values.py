"""Values of attributes as the texts of controls: each comes back, and what stands for none is left to the schema."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.labelstudio import encoder
from pactwire.labelstudio.attribute_controls import CHOICES, AttributeControl
from pactwire.labelstudio.control_values import attribute_value, control_texts
from pactwire.model import strict_json
from pactwire.model.layers import AttributeKind, Label

LABELS = tuple(Label(name, name, "") for name in ("war", "trade", "law"))


def control(kind: AttributeKind) -> AttributeControl:
    """Return a control for a kind of attribute."""
    return AttributeControl("c", "layer", "key", CHOICES, "C", LABELS, kind)


NUMBERS = st.integers(-(10**12), 10**12) | st.floats(-1e15, 1e15).filter(lambda value: not value.is_integer())


@given(NUMBERS)
def test_numbers_come_back(value: float) -> None:
    """Whole numbers and fractions are read as they were written."""
    back = attribute_value(control(AttributeKind.NUMBER), control_texts(value))
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (AttributeKind.FLAG, True), (AttributeKind.FLAG, False), (AttributeKind.CHOICE, "law"),
        (AttributeKind.CHOICES, ["war", "law"]), (AttributeKind.TEXT, "7"),
    ],
)  # fmt: skip
def test_values_come_back(kind: AttributeKind, value: Any) -> None:
    """A text that looks like a number stays a text."""
    assert attribute_value(control(kind), control_texts(value)) == value


@pytest.mark.parametrize("value", [None, "", []])
def test_nothing_is_shown_of_nothing(value: Any) -> None:
    """A page can't tell null, an empty text and an empty list apart."""
    assert control_texts(value) == []


def test_reads_what_people_type() -> None:
    """Numbers may have needless zeros; choices come in the schema's order; what is no value stays as it is."""
    number, flag, choices = map(control, (AttributeKind.NUMBER, AttributeKind.FLAG, AttributeKind.CHOICES))
    assert [attribute_value(number, [text]) for text in ("2.50", "3.0", "007")] == [2.5, 3, 7]
    assert [attribute_value(number, [text]) for text in ("1,7", "many", "1e999", "٣")] == ["1,7", "many", "1e999", "٣"]
    assert attribute_value(flag, ["maybe"]) == "maybe"
    assert attribute_value(choices, ["law", "war"]) == ["war", "law"]


@pytest.mark.parametrize("value", [1e16, 1e-7, 0.1, 3, 9000000.5])
def test_documents_with_numbers_have_their_canonical_bytes(value: float) -> None:
    """So that a revision names the bytes of the file."""
    document: Any = {"figures": [{"value": value, "text": "at:5e"}]}
    assert encoder.document_bytes(document) == strict_json.pretty(document).encode()
