"""UIMA CAS, as XMI beside its TypeSystem.xml or as JSON, as INCEpTION, WebAnno and DKPro write it, to an article.

Mentions are the annotations of one type, ``NamedEntity`` unless another is named; their own type is its feature
``value``, their link ``identifier``. Offsets count UTF-16 units and come as code points from dkpro-cassis, the extra
``pactwire[uima]``. Annotations of all other types are counted.
"""

import io
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pactwire.convert import uima_layers
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.formats.offset_table import UNTYPED_SPAN
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.span_resolution import RawSpan
from pactwire.model import extras
from pactwire.model.issues import DataError, Issue

TYPE_SYSTEM_FILE: Final = "TypeSystem.xml"
_TYPE_FEATURE: Final = "value"
_LINK_FEATURE: Final = "identifier"
_OFFSET_FEATURES: Final = ("begin", "end", "sofa")
_DOCUMENT_TYPES: Final = (
    "uima.tcas.DocumentAnnotation",
    "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData",
)


def read_document(path: Path, file: str, fields: Mapping[str, str], changed: str) -> ImportedDocument:
    """Return the article of a file.

    ``fields`` may name the type of the mentions (``spans``) and its feature with their own type (``type``). Raises
    DataError: missing-extra, convert-types, convert-record, convert-layer.
    """
    cas = _load_cas(path, file)
    views = [view for view in cas.views if view.sofa.sofaString]
    if len(views) != 1:
        raise DataError([Issue(file, 1, "convert-record", f"it has {len(views)} views with a text, and one is read")])
    text = str(views[0].sofa.sofaString)
    annotations = [each for each in cas.get_view(views[0].sofa.sofaID).select_all_annotations()]
    declared = [each.name for each in cas.typesystem.get_types() if _is_annotation(each)]
    name = uima_layers.choose_layer({*declared, *(each.type.name for each in annotations)}, fields.get("spans"), file)
    found = ImportedDocument(file, file, text, [], changed, offsets_count_decoded=True)
    found.mentions = list(_mentions([each for each in annotations if each.type.name == name], text, fields, found))
    for each in annotations:
        if each.type.name != name and each.type.name not in _DOCUMENT_TYPES:
            found.omitted.add(
                f"annotations of the layer {uima_layers.short_name(each.type.name)}", text[each.begin : each.end]
            )
    return found


def _load_cas(path: Path, file: str) -> Any:
    """Return the CAS of a file; raises DataError (missing-extra, convert-types, convert-record)."""
    extras.require("uima")
    cassis = import_module("cassis")
    try:
        if path.suffix == ".json":
            return cassis.load_cas_from_json(io.BytesIO(path.read_bytes()))
        types = _type_system(path, file)
        return cassis.load_cas_from_xmi(io.BytesIO(path.read_bytes()), typesystem=cassis.load_typesystem(types))
    except DataError:
        raise
    except Exception as error:  # whatever a file that is no CAS makes of the parser
        message = f"dkpro-cassis can't read it: {type(error).__name__}: {str(error)[:80]}"
        raise DataError([Issue(file, 1, "convert-record", message)]) from None


def _type_system(path: Path, file: str) -> io.BytesIO:
    beside = next((each for each in path.parent.iterdir() if each.name.lower() == TYPE_SYSTEM_FILE.lower()), None)
    if beside is None:
        raise DataError(
            [Issue(file, 1, "convert-types", f"there is no {TYPE_SYSTEM_FILE} beside it, which says what it holds")]
        )
    return io.BytesIO(beside.read_bytes())


def _is_annotation(kind: Any) -> bool:
    while kind is not None:
        if kind.name == "uima.tcas.Annotation":
            return True
        kind = kind.supertype
    return False


def _mentions(
    annotations: list[Any], text: str, fields: Mapping[str, str], found: ImportedDocument
) -> Iterator[ImportedMention]:
    """Yield the mentions of a type, and count the features that are not read."""
    for each in annotations:
        values = {feature.name: each.get(feature.name) for feature in each.type.all_features}
        values = {name: value for name, value in values.items() if name not in _OFFSET_FEATURES}
        names = [name for name, value in values.items() if isinstance(value, str)]
        kind = values.pop(
            fields.get("type") or (_TYPE_FEATURE if _TYPE_FEATURE in values else next(iter(names), _TYPE_FEATURE)), None
        )
        words = text[each.begin : each.end]
        attributes = link_attribute(str(values.pop(_LINK_FEATURE, None) or ""), found.omitted, words)
        for name, value in values.items():
            found.omitted.add_field(name, value, " of spans")
        yield ImportedMention(
            "", 1, RawSpan(str(kind or UNTYPED_SPAN), ((each.begin, each.end),), words or None), attributes
        )
