"""A document to W3C Web Annotation (https://www.w3.org/TR/annotation-model/) as JSON-LD, and back, whole.

One ``AnnotationPage`` for each document, an item for each label. A target names the text by its SHA-256 and
selects by position (code points, half-open, as the model has it) and by quotation with the words around it.
Bodies say what any reader of the model understands: the type as a tag, the link as an identifying resource.
What the model has no words for stands under ``pactwire:label`` and ``pactwire:document``, as JSON literals.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from pactwire import files, schemas
from pactwire.convert import anchors
from pactwire.convert.anchors import Anchor, Claimed
from pactwire.corpus import FINAL
from pactwire.issues import Issue
from pactwire.records import LAYERS, AnnotatorKind, Document, labels_of

CONTEXT: Final = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "pactwire": "urn:pactwire:annotation:1#",
        "pactwire:label": {"@type": "@json"},
        "pactwire:document": {"@type": "@json"},
    },
]
AROUND: Final = 32
"""How many code points of the text a quotation has before and after it."""

WIKIDATA: Final = "http://www.wikidata.org/entity/"
_TAGS: Final = {"zones": "kind", "entities": "type", "claims": "type", "stances": "polarity"}
"""Layer to the field whose label is its annotations' tag."""


def write(document: Document, text: str, annotator: str) -> dict[str, Any]:
    """Return the AnnotationPage of a document over its source text, labels in the document's order."""
    name = f"urn:pactwire:{document['article']}:{annotator}"
    header = {key: value for key, value in document.items() if key not in LAYERS}
    items = [_item(name, layer, label, text, document) for layer in LAYERS for label in labels_of(document, layer)]
    return {
        "@context": CONTEXT,
        "id": name,
        "type": "AnnotationPage",
        "pactwire:document": {**header, "layers": [layer for layer in LAYERS if layer in document], "of": annotator},
        "items": items,
    }


def _item(name: str, layer: str, label: Mapping[str, Any], text: str, document: Document) -> dict[str, Any]:
    places = ("start", "end", "text")
    return {
        "id": f"{name}:{label['id']}",
        "type": "Annotation",
        "created": document["created"],
        "modified": document["updated"],
        "creator": [{"id": f"urn:pactwire:annotator:{by}", "type": _agent(by, document)} for by in label["by"]],
        "body": list(_bodies(layer, label)),
        "target": {
            "source": f"urn:sha256:{document['text_sha256']}",
            "selector": _selectors(text, label["start"], label["end"]),
        },
        "pactwire:label": {"layer": layer, **{key: value for key, value in label.items() if key not in places}},
    }


def _agent(by: str, document: Document) -> str:
    kinds = {annotator["id"]: annotator["kind"] for annotator in document["annotators"]}
    return "Person" if kinds[by] == AnnotatorKind.HUMAN else "Software"


def _bodies(layer: str, label: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "TextualBody", "purpose": "tagging", "value": label[_TAGS[layer]]}
    if (link := label.get("link")) and link.startswith("Q"):
        yield {"type": "SpecificResource", "purpose": "identifying", "source": WIKIDATA + link}
    if normalized := label.get("normalized"):
        yield {"type": "TextualBody", "purpose": "describing", "value": normalized, "language": "en"}


def _selectors(text: str, start: int, end: int) -> list[dict[str, Any]]:
    return [
        {"type": "TextPositionSelector", "start": start, "end": end},
        {
            "type": "TextQuoteSelector",
            "exact": text[start:end],
            "prefix": text[max(0, start - AROUND) : start],
            "suffix": text[end : end + AROUND],
        },
    ]


# --- reading


def read(page: Any, raw: str, file: str) -> tuple[Document | None, str, list[tuple[str, str]], list[Issue]]:
    """Return the document of a page of ours over its text, its annotator's folder, repairs, and issues.

    ``raw`` is the text as decoded. Positions are proven by the quotations; where they differ, a label is moved to
    the one place that its quotation and the words around it allow (a repair: label id and what was done), or
    refused. There is no document where the page is not one of ours.
    """
    text = files.normalize(raw)
    header = page.get("pactwire:document") if isinstance(page, dict) else None
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(header, dict) or not isinstance(items, list) or not all(map(_is_ours, items)):
        message = "it is no AnnotationPage with the pactwire:document and pactwire:label of each label"
        return None, "", [], [Issue(file, 1, "convert-page", message)]
    layers: dict[str, Any] = {layer: [] for layer in LAYERS if layer in _listed(header.get("layers"))}
    claims = [_claim(item) for item in items]
    repairs, issues = [], []
    for item, claim, anchor in zip(items, claims, anchors.place(raw, claims), strict=True):
        label = dict(item["pactwire:label"])
        layer, name = label.pop("layer"), str(label.get("id"))
        if not isinstance(anchor, Anchor):
            issues.append(Issue(file, 1, *anchor, name))
            continue
        if anchor.repair:
            repairs.append((name, anchor.repair))
        layers.setdefault(layer, []).append(_placed(label, layer, anchor, claim, text))
    document = {key: value for key, value in header.items() if key not in ("layers", "of")}
    document = {**document, **{layer: layers[layer] for layer in LAYERS if layer in layers}}
    if found := schemas.explain(document, "annotation"):
        issues += [Issue(file, 1, code, message, ".".join(map(str, path))) for code, path, message in found]
        return None, "", repairs, issues
    folder = header.get("of")
    if folder not in (FINAL, *(annotator["id"] for annotator in document["annotators"])):
        issues.append(Issue(file, 1, "convert-page", f"{folder!r} is not among its annotators"))
        return None, "", repairs, issues
    if document["text_sha256"] != files.sha256(text):
        document["text_sha256"] = files.sha256(text)
        repairs.append(("", "made for another text; every label's words stand in this one"))
    return cast("Document", document), str(folder), repairs, issues


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_ours(item: Any) -> bool:
    label = item.get("pactwire:label") if isinstance(item, dict) else None
    return isinstance(label, dict) and label.get("layer") in LAYERS and _selected(item) is not None


def _selected(item: Any) -> dict[str, Any] | None:
    """Return the position and the quotation of an item's target in one dict; None where either is missing."""
    target = item.get("target")
    selectors = target.get("selector") if isinstance(target, dict) else None
    found: dict[str, Any] = {}
    for selector in _listed(selectors):
        if isinstance(selector, dict):
            found |= selector
    numbers = all(isinstance(found.get(key), int) for key in ("start", "end"))
    words = all(isinstance(found.get(key, ""), str) for key in ("exact", "prefix", "suffix"))
    return found if numbers and words and "exact" in found else None


def _claim(item: Any) -> Claimed:
    found = _selected(item) or {}
    return Claimed(
        item["pactwire:label"]["layer"] + str(item["pactwire:label"].get("id")),
        ((found["start"], found["end"]),), found["exact"], found.get("prefix", ""), found.get("suffix", ""),
    )  # fmt: skip


def _placed(label: dict[str, Any], layer: str, anchor: Anchor, claim: Claimed, text: str) -> dict[str, Any]:
    """Return a label with its place after its id, as the schema orders them; a cue moves as far as its claim."""
    by = anchor.start - claim.fragments[0][0]
    words = {} if layer == "zones" else {"text": text[anchor.start : anchor.end]}
    cue = label.get("cue")
    if by and isinstance(cue, dict) and all(isinstance(cue.get(key), int) for key in ("start", "end")):
        label["cue"] = {**cue, "start": cue["start"] + by, "end": cue["end"] + by}
    return {"id": label.pop("id", None), "start": anchor.start, "end": anchor.end, **words, **label}
