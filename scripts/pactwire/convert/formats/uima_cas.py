"""UIMA CAS reader: XMI beside its TypeSystem.xml, or JSON, as INCEpTION, WebAnno and DKPro write them.

Mentions are the annotations of one layer, ``NamedEntity`` unless another is named. Their type is the feature ``value``,
their link ``identifier``. The files count UTF-16 units; dkpro-cassis, the extra ``pactwire[uima]``, returns code
points. Annotations of all other layers are counted.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pactwire.convert import uima_layers
from pactwire.convert.imported_document import (
    AttributeValue,
    ImportedDocument,
    ImportedMention,
    ImportedRelation,
    RawSpan,
    SourceFile,
    field_values,
)
from pactwire.model import optional_packages
from pactwire.model.issues import DataError

TYPE_SYSTEM_FILE: Final = "TypeSystem.xml"
_OFFSET_FEATURES: Final = ("begin", "end", "sofa")
_DOCUMENT_TYPES: Final = (
    "uima.tcas.DocumentAnnotation",
    "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData",
)

_STATED_FEATURES: Final = {"language": "language", "title": "documentTitle"}
_UNSPECIFIED_LANGUAGE: Final = "x-unspecified"


def read_document(
    path: Path, source: SourceFile, fields: Mapping[str, str], takes_layer: Callable[[str], bool] = lambda _: False
) -> ImportedDocument:
    """Return the document of a file.

    Args:
        path: The file; an .xmi needs a TypeSystem.xml beside it.
        source: Its name in issues, and its time.
        fields: May name the mention layer (``spans``) and the feature with a mention's type (``type``).
        takes_layer: Whether annotations of another layer, by its short name, are read, rather than counted.

    Raises:
        DataError: missing-extra, convert-types, convert-record, convert-layer.
    """
    cas = _load_cas(path, source)
    views = [view for view in cas.views if view.sofa.sofaString]
    if len(views) != 1:
        raise source.error("convert-record", f"it has {len(views)} views with a text instead of one")
    text = str(views[0].sofa.sofaString)
    annotations = list(cas.get_view(views[0].sofa.sofaID).select_all_annotations())
    for each in annotations:
        if type(each.begin) is not int or type(each.end) is not int:
            message = f"{each.type.name} {each.xmiID} has no begin and end that are whole numbers"
            raise source.error("convert-record", message)
    declared = [declared.name for declared in cas.typesystem.get_types() if _is_annotation_type(declared)]
    present = [annotation.type.name for annotation in annotations]
    layer = uima_layers.choose_layer({*declared, *present}, fields.get("spans"), source)
    document = ImportedDocument(source.name, source.name, text, [], source.modified, offsets_count_decoded=True)
    in_layer = [annotation for annotation in annotations if annotation.type.name == layer]
    document.mentions = list(_mentions(in_layer, fields.get("type"), document))
    for annotation in annotations:
        name = annotation.type.name
        if name in _DOCUMENT_TYPES:
            _take_metadata(annotation, document)
        elif name != layer:
            covered, short = text[annotation.begin : annotation.end], uima_layers.short_name(name)
            if takes_layer(short) and covered.strip():
                document.mentions.append(_layer_label(annotation, document))
            else:
                document.omitted.add(f"annotations of the layer {short}", covered)
    return document


def _take_metadata(annotation: Any, document: ImportedDocument) -> None:
    """Take the language and the title of a document."""
    features = {feature.name for feature in annotation.type.all_features}
    values = {name: annotation.get(feature) for name, feature in _STATED_FEATURES.items() if feature in features}
    stated = {name: value for name, value in values.items() if value != _UNSPECIFIED_LANGUAGE}
    document.stated.take_fields(stated, document.omitted, "feature")


def _load_cas(path: Path, source: SourceFile) -> Any:
    optional_packages.require("uima")
    cassis = import_module("cassis")
    try:
        if path.suffix == ".json":
            return cassis.load_cas_from_json(io.BytesIO(path.read_bytes()))
        type_system = cassis.load_typesystem(_type_system(path, source))
        return cassis.load_cas_from_xmi(io.BytesIO(path.read_bytes()), typesystem=type_system)
    except DataError:
        raise
    except Exception as error:  # the parser raises many kinds for a file that is no CAS
        message = f"dkpro-cassis can't read it: {type(error).__name__}: {str(error)[:80]}"
        raise source.error("convert-record", message) from None


def _type_system(path: Path, source: SourceFile) -> io.BytesIO:
    same_folder = path.parent.iterdir()
    type_system = next((file for file in same_folder if file.name.lower() == TYPE_SYSTEM_FILE.lower()), None)
    if type_system is None:
        raise source.error("convert-types", f"there is no {TYPE_SYSTEM_FILE} beside it, which declares its types")
    return io.BytesIO(type_system.read_bytes())


def _is_annotation_type(declared: Any) -> bool:
    while declared is not None:
        if declared.name == "uima.tcas.Annotation":
            return True
        declared = declared.supertype
    return False


def _layer_label(annotation: Any, document: ImportedDocument) -> ImportedMention:
    """Return the label of an annotation of another layer, and add the relations that its features are."""
    label_id, attributes = _annotation_id(annotation), dict[str, tuple[AttributeValue, ...]]()
    for feature in annotation.type.all_features:
        value = None if feature.name in _OFFSET_FEATURES else annotation.get(feature.name)
        elements = getattr(value, "elements", None)
        values = value if isinstance(value, list) else elements if isinstance(elements, list) else [value]
        targets = [each for each in values if hasattr(each, "begin")]
        for target in targets:
            document.relations.append(ImportedRelation(feature.name, label_id, _annotation_id(target), 1))
        attributes |= field_values(feature.name, [each for each in values if not hasattr(each, "begin")])
    words = document.raw[annotation.begin : annotation.end]
    name = uima_layers.short_name(annotation.type.name)
    span = RawSpan(name, ((annotation.begin, annotation.end),), words)
    return ImportedMention(label_id, 1, span, attributes=attributes, layer=name)


def _annotation_id(annotation: Any) -> str:
    return f"{uima_layers.short_name(annotation.type.name)}-{annotation.xmiID}"


def _mentions(
    annotations: list[Any], type_feature: str | None, document: ImportedDocument
) -> Iterator[ImportedMention]:
    """Yield the mentions of a layer; without a named type feature, it is ``value``, or the first one with a string."""
    for annotation in annotations:
        values = {feature.name: annotation.get(feature.name) for feature in annotation.type.all_features}
        features = {name: value for name, value in values.items() if name not in _OFFSET_FEATURES}
        default = uima_layers.TYPE_FEATURE
        if default not in features:
            default = next((name for name, value in features.items() if isinstance(value, str)), default)
        span = (annotation.begin, annotation.end)
        words = document.raw[annotation.begin : annotation.end]
        mention = uima_layers.layer_mention(features, type_feature or default, span, words, 1)
        yield replace(mention, id=_annotation_id(annotation))
