"""Any schema and any document: written in another format and read again, equal up to what is counted."""

from collections import Counter
from typing import Any

from hypothesis import given

from pactwire.convert.export_mentions import document_mentions
from pactwire.convert.formats import brat, brat_reader
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.mapping_file import parse_mapping
from pactwire.convert.mention_conversion import MentionConverter
from pactwire.convert.omissions import Omissions
from pactwire.model import strict_json
from pactwire.model.labels import document_labels
from pactwire.model.layers import AttributeKind
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.text import offsets
from pactwire.text.content import Content
from support import schemas
from support.examples import examples


def read_brat(text: str, annotation: str, mapping: LabelMapping, zones: Any) -> tuple[dict[str, list[Any]], ImportLog]:
    """Return the labels of an .ann file over a text, by layer, and the log."""
    log = ImportLog()
    document = ImportedDocument("a.txt", "a.ann", files.protect_bom(text), [], "2024-01-01T00:00:00Z")
    brat_reader.add_annotations(document, annotation, frozenset(mapping.attributes))
    _, segments = offsets.content_text(text, zones, mapping.schema.content_kinds)
    log.omitted.merge(document.omitted)
    log.issues += document.issues
    converter = MentionConverter(mapping, "ana", log)
    labels = converter.convert(document, text, segments)
    converter.finish()
    return labels, log


def as_read(schema: AnnotationSchema, document: Any) -> tuple[dict[str, list[Any]], Counter[str]]:
    """Return a document's labels with blank values for those that are null or empty, and how many are others."""
    found: dict[str, list[Any]] = {}
    changed: Counter[str] = Counter()
    for layer in schema.span_layers:
        blank = schema.blank_values(layer.name)
        found[layer.name] = []
        for label in document_labels(document, layer.name):
            empty = [each.name for each in layer.attributes if label.get(each.name, "") in (None, [])]
            changed.update(
                f"empty values of {layer.name}.{name}" for name in empty if label[name] != blank.get(name, "")
            )
            found[layer.name].append({**label, **{name: blank.get(name) for name in empty}})
    return found, changed


def comparable(schema: AnnotationSchema, document: Any) -> dict[str, list[str]]:
    """Return the labels of each layer of spans without ids and annotators, sorted, with places as references.

    An attribute that is null or empty is like one that is missing.
    """
    places = {
        label["id"]: [layer.name, label["start"], label["end"]]
        for layer in schema.span_layers
        for label in document_labels(document, layer.name)
    }
    found: dict[str, list[str]] = {}
    for layer in schema.span_layers:
        labels = []
        for label in document_labels(document, layer.name):
            values = {
                each.name: label[each.name] for each in layer.attributes if label.get(each.name) not in (None, [])
            }
            for each in layer.references:
                given = values.get(each.name, [])
                items = [places.get(name, name) for name in (given if isinstance(given, list) else [given])]
                values[each.name] = sorted(map(strict_json.compact, items))
            labels.append(strict_json.compact({"at": [label["start"], label["end"], label["text"]], **values}))
        found[layer.name] = sorted(labels)
    return found


@examples(40)
@given(schemas.drawn())
def test_brat_keeps_all_labels_of_spans(drawn: schemas.Drawn) -> None:
    """Every label comes back with all its values; the order of references, and what is blank for null, is counted."""
    schema, document, text = drawn.schema, drawn.document, drawn.article["source_text"]
    mapping, omitted = parse_mapping({}, schema, "brat"), Omissions()
    annotation = brat.BratWriter(mapping, omitted).annotations(document, {})
    labels, log = read_brat(text, annotation, mapping, drawn.zones)
    assert (log.issues, dict(+log.omitted)) == ([], {})
    expected, changed = as_read(schema, document)
    assert {name: count for name, count in (+omitted).items() if not name.startswith("orders of values of ")} == changed
    assert comparable(schema, labels) == comparable(schema, expected)
    assert {name for name, own in labels.items() if not own} <= {*mapping.annotated}


@examples(40)
@given(schemas.drawn())
def test_what_a_mapping_leaves_out_is_counted_by_name(drawn: schemas.Drawn) -> None:
    """Without attributes, relations and parts only the types come back, and each value is counted."""
    schema, document = drawn.schema, drawn.document
    default = parse_mapping({}, schema, "brat")
    nothing: dict[str, Any] = {"attributes": {}, "relations": {}, "parts": {}}
    mapping, omitted, wanted = parse_mapping(nothing, schema, "brat"), Omissions(), Counter[str]()
    brat.BratWriter(mapping, omitted).annotations(document, {})
    for layer in default.layers:
        blank = schema.blank_values(layer.name)
        for label in document_labels(document, layer.name):
            implied = default.types[default.type_name(layer.name, label) or ""]
            for each in layer.attributes:
                value = label.get(each.name)
                is_blank = each.name in blank and value == blank[each.name] and type(value) is type(blank[each.name])
                if value not in (None, []) and not is_blank and implied and each.name not in implied.values:
                    is_list = each.kind in (AttributeKind.CHOICES, AttributeKind.REFERENCES)
                    wanted[f"values of {layer.name}.{each.name}"] += len(value) if is_list else 1
    assert {name: count for name, count in (+omitted).items() if name.startswith("values of")} == wanted


@examples(40)
@given(schemas.drawn())
def test_formats_of_tokens_have_every_label_with_a_type(drawn: schemas.Drawn) -> None:
    """In the default mapping each label of a layer that a format holds is a mention with its class as type."""
    schema, document = drawn.schema, drawn.document
    content = Content(drawn.article, drawn.zones, document, schema.content_kinds)
    for form in ("conll", "gliner", "spacy"):
        mapping = parse_mapping({}, schema, form)
        mentions = document_mentions(content, mapping)
        assert list(mentions) == [layer.name for layer in mapping.layers]
        for layer in mapping.layers:
            labels = document_labels(document, layer.name)
            assert sorted(each["id"] for each in mentions[layer.name]) == sorted(each["id"] for each in labels)
            for mention in mentions[layer.name]:
                [label] = [each for each in labels if each["id"] == mention["id"]]
                mapped = mapping.find_type(mention["type"])
                assert mapped and mapped.layer is layer and mapped.values.items() <= label.items()
                assert form != "conll" or len(mention["type"].split()) == 1
