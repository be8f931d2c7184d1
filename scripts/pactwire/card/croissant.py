"""croissant.json: the dataset's metadata for machines, from its corpus, its card and its manifest.

Croissant 1.1 with the responsible-AI terms (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html,
https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html). Facts about labels are counted, descriptions are
taken from the card, and no time comes from the clock.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pactwire.card import card
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.records import AnnotatorKind
from pactwire.storage import files, front_matter, generated_blocks

Json = dict[str, Any]

CONTEXT: Final[Json] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The standard context, as printed in the specification; readers warn about any other."""

LICENSES: Final = {"cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/"}
"""The address that stands for a license, by the Hub's name for it."""
FIELDS_FROM_CARD: Final = {
    "rai:dataCollection": "sources",
    "rai:dataAnnotationAnalysis": "agreement",
    "rai:dataBiases": "known weaknesses",
    "rai:dataLimitations": "known weaknesses",
    "rai:dataUseCases": "uses",
    "rai:dataSocialImpact": "considerations",
    "rai:personalSensitiveInformation": "considerations",
    "citeAs": "citation",
}
"""Fields taken from the card: how the heading of the text that each holds begins, in lower case."""

MISSING_DATA_FIELD: Final = "rai:dataCollectionMissingData"
"""The field that only a release without texts has."""

PREPROCESSING: Final = (
    "The source text of an article is that of its text file, decoded, or of its record; that of an HTML page is all "
    "its visible text, rendered once. A byte order mark is taken off, and lines end by LF. Cleaning only adds zones, "
    "which say what each part of the page is; the column text of the config articles is its content zones in order, "
    "and segments map it to the source text."
)


def describe_dataset(data: Corpus, about: Mapping[str, Any], columns: Mapping[str, Any], text: str) -> Json:
    """Return croissant.json as JSON values, without empty fields.

    Args:
        data: the corpus.
        about: the manifest.
        text: the text of DATASET_CARD.md.
    """
    own, title, body = front_matter.owner_fields(text), card.first_heading(text), front_matter.card_body(text)
    sections = _text_by_heading(body)
    articles = sum(about["languages"].values())
    by_hand = _paragraphs(generated_blocks.blank_blocks(body))
    described = next((part for part in by_hand if not part.startswith(("|", "```"))), None)
    head = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": title or own.get("pretty_name", "Dataset"),
        "description": " ".join(described.split()) if described else f"{articles} articles with their labels.",
        "license": [*_licenses(own), *about["licenses"]],
        "inLanguage": [each for each in about["languages"] if each != "und"],
        "datePublished": _release_date(data.root, about["version"]),
        "dateModified": about["updated"],
        "rai:dataCollection": f"{articles} articles; the columns section, published, url and source_id say where each "
        "comes from, as far as that is known.",
        **{field: found for field, start in FIELDS_FROM_CARD.items() if (found := _section(sections, start))},
        "rai:dataPreprocessingProtocol": PREPROCESSING,
        **_annotation_fields(about, sections.get("how the labels were made")),
    }
    return {key: value for key, value in head.items() if value} | describe_files(about, columns)


def _licenses(own: Mapping[str, Any]) -> list[str]:
    """Return the licenses of the labels, from the card's front matter, without the Hub's unspecific "other"."""
    named = own.get("license", [])
    return [LICENSES.get(each, each) for each in ([named] if isinstance(named, str) else named) if each != "other"]


def describe_files(about: Mapping[str, Any], columns: Mapping[str, Any]) -> Json:
    """Return the part that depends on the manifest alone: version, files, and a record set for each config."""
    withheld = "The texts of the sources, and all words taken from them, are withheld: their fields are null."
    return {
        **({MISSING_DATA_FIELD: withheld} if about.get("standoff") else {}),
        "version": about["version"],
        "distribution": [each for config, splits in about["configs"].items() for each in _distribution(config, splits)],
        "recordSet": [_record_set(config, columns[config], splits) for config, splits in about["configs"].items()],
    }


def _distribution(config: str, splits: Mapping[str, Any]) -> Iterator[Json]:
    names = [each for written in splits.values() for each in written]
    for each in names:
        yield {
            "@type": "cr:FileObject",
            "@id": each["path"],
            "name": Path(each["path"]).name,
            "contentUrl": each["path"],
            "contentSize": f"{each['bytes']} B",
            "encodingFormat": "application/x-parquet",
            "sha256": each["sha256"],
        }
    yield {
        "@type": "cr:FileSet",
        "@id": f"files-of-{config}",
        "name": f"files-of-{config}",
        "description": f"The splits of the config {config}.",
        "encodingFormat": "application/x-parquet",
        "includes": [each["path"] for each in names],
    }


# --- records


def _record_set(config: str, columns: Mapping[str, Any], splits: Mapping[str, Any]) -> Json:
    split = {
        **_field_head(f"{config}/split", "split"),
        "description": "The split that the file belongs to.",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": f"files-of-{config}"},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": f"data/{config}/([a-z]+)-.*"},
        },
    }
    rows = ", ".join(f"{split} {sum(each['rows'] for each in written)}" for split, written in splits.items())
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": f"The rows of the config {config}: {rows}.",
        "field": [split, *(_field(config, name, kind) for name, kind in columns.items())],
    }


def _field_head(identity: str, name: str) -> Json:
    return {"@type": "cr:Field", "@id": identity, "name": name}


def _field(config: str, column: str, kind: Any) -> Json:
    """Return the field of a column; the leaves of nested values, at any depth, are its sub-fields.

    mlcroissant reads only one level of sub-fields into a record, so ``claims.cue.start`` is the sub-field
    ``cue/start`` of ``claims``.
    """
    identity = f"{config}/{column}"
    inner, array = _list_element(kind)
    if not isinstance(inner, dict):
        return {**_field_head(identity, column), **array, **_leaf_properties(config, column, (), inner)}
    leaves = [
        {
            **_field_head(f"{identity}/{'/'.join(steps)}", "/".join(steps)),
            **shape,
            **_leaf_properties(config, column, steps, leaf),
        }
        for steps, leaf, shape in _leaf_fields(inner, ())
    ]
    return {**_field_head(identity, column), **array, "subField": leaves}


def _leaf_fields(kinds: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Json]]:
    for name, kind in kinds.items():
        inner, array = _list_element(kind)
        if isinstance(inner, dict):
            for steps, leaf, shape in _leaf_fields(inner, (*above, name)):
                yield steps, leaf, array or shape
        else:
            yield (*above, name), inner, array


def _list_element(kind: Any) -> tuple[Any, Json]:
    """Return the type of a list's elements and Croissant's properties of a list; for other types, the type itself."""
    inner = getattr(kind, "feature", None)
    return (kind, {}) if inner is None else (inner, {"isArray": True, "arrayShape": "-1"})


_DATA_TYPES: Final = {"string": "sc:Text", "bool": "sc:Boolean", "float64": "sc:Float"}
"""Croissant's types of values that are not whole numbers."""


def _leaf_properties(config: str, column: str, steps: tuple[str, ...], kind: Any) -> Json:
    names = getattr(kind, "names", None)
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(names or ()))
    source: Json = {"fileSet": {"@id": f"files-of-{config}"}, "extract": {"column": column}}
    if steps:
        source["transform"] = [{"jsonPath": step} for step in steps]
    return {
        **({"description": f"A label, as a number: {numbered}."} if names else {}),
        "dataType": _DATA_TYPES.get(getattr(kind, "dtype", ""), "sc:Integer"),
        "source": source,
    }


# --- responsible AI


def _annotation_fields(about: Mapping[str, Any], process: str | None) -> Json:
    """Return the fields on who or what made the labels, counted from the documents."""
    others = {each["id"] for each in about["annotators"] if each["kind"] != AnnotatorKind.HUMAN}
    people = {each["id"] for each in about["annotators"]} - others
    labels = [(by.split("+"), count) for counts in about["labels"].values() for by, count in counts.items()]
    total = sum(count for _, count in labels)
    confirmed = sum(count for by, count in labels if people & set(by))
    finals, documents = about["documents"].get(FINAL, 0), sum(about["documents"].values())
    guidelines = about["guidelines"]
    return {
        "rai:dataAnnotationProtocol": [
            *([process] if process else []),
            f"Of {total} labels, zones included, {confirmed} were made or confirmed by a person; each names in `by` "
            "who or what made and confirmed it.",
            *([f"Version of the guidelines: {', '.join(guidelines)}."] if guidelines else []),
        ],
        "rai:annotationsPerItem": f"{finals} of {sum(about['languages'].values())} articles have a final document; "
        f"{documents - finals} documents of single annotators are in the config annotations.",
        "rai:annotatorDemographics": None if people else "No annotator is a person.",
        "rai:machineAnnotationTools": [
            f"{each['id']} ({each['kind']}): {each['name'] or 'name unknown'}, version {each['version'] or 'unknown'}"
            for each in about["annotators"]
            if each["kind"] != AnnotatorKind.HUMAN
        ],
    }


# --- the card's text


def _text_by_heading(text: str) -> dict[str, str]:
    """Return the text under each heading that has any, by the heading in lower case, without HTML comments."""
    parts = re.split(r"^#+ +(.+)$", re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    return {
        heading.strip().lower(): body.strip()
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
        if body.strip()
    }


def _section(sections: Mapping[str, str], start: str) -> str | None:
    """Return the text under the first heading that begins so."""
    return next((text for heading, text in sections.items() if heading.startswith(start)), None)


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a Markdown text, without headings."""
    plain = re.sub(r"^#+ .*$", "", text, flags=re.MULTILINE)
    return [part.strip() for part in plain.split("\n\n") if part.strip()]


def _release_date(root: Path, version: str) -> str | None:
    """Return the date in the changelog's heading of a version."""
    text = files.read_text(root / "CHANGELOG.md", "CHANGELOG.md")
    found = re.search(rf"^## .*?{re.escape(version)}\b.*?([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})", text, re.MULTILINE)
    return found[1] if found else None
