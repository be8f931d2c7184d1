"""A dataset in which every layer, attribute, label and party of the schema has another name, and the way back.

A new name has the length and the case of the old one, since tables are aligned, and ends in ``s`` if the old one does.
It is made of letters that are no word of the dataset, so that a text can be translated back without knowing where
names are in it. Names of one or two letters stay, since all such words may be in a text.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pactwire.corpus import reviews, rounds, schema_file, tables
from pactwire.corpus.migration_ledger import LEDGER, MIGRATIONS
from pactwire.corpus.migration_queue import QueueLine
from pactwire.model import strict_json
from pactwire.model.layer_reader import label_properties
from pactwire.model.layers import TOPICS, AttributeKind
from pactwire.model.schema import AnnotationSchema

_LETTERS: Final = "qxzjkvw"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DIGEST: Final = re.compile(r"\b[0-9a-f]{12,64}\b")
_KEYS: Final = {
    "label", "class", "config", "clusters", "text", "candidates", "pair", "none", "derived", "from", "take", "else",
    "meaning", "identity", "names",
}  # fmt: skip
"""Keys of ``x-layer``, at any depth, whose values may be names."""
_KEPT: Final = {"file", "of", "rows", "prefix", "palette", "within", "where"}
"""Those whose values are none."""


class Renaming:
    """New names by old ones for one schema."""

    def __init__(self, schema: AnnotationSchema, taken: str) -> None:
        """Choose names that do not occur in the text ``taken``."""
        self.schema = schema
        self._taken = taken
        self._new: dict[str, str] = {}
        for layer in schema.layers.values():
            self._choose([layer.name, layer.label, *([layer.config] if layer.config else [])])
            self._choose(each.column for each in layer.derived)
            self._choose([layer.clusters.config] if layer.clusters else ())
            self._choose([layer.candidates.config, layer.candidates.none] if layer.candidates else ())
            for attribute in layer.attributes:
                self._choose([attribute.name, *attribute.label_names, *attribute.parties])
        self._old = {new: old for old, new in self._new.items()}
        assert len(self._old) == len(self._new)
        regions = [layer.label for layer in schema.layers.values() if layer.label in self._new]
        self._old |= {self._new[label].upper(): label.upper() for label in regions}
        self._old |= {new.removesuffix("s"): old.removesuffix("s") for new, old in self._old.items()}

    def _choose(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._new and len(name) > 2:
                self._new[name] = next(new for new in _candidates(name) if self._is_free(new))

    def _is_free(self, new: str) -> bool:
        return new not in self._new.values() and not re.search(
            rf"(?<![^\W_]){new}(?![^\W_])", self._taken, re.IGNORECASE
        )

    def new(self, name: str) -> str:
        """Return the new name of a name."""
        return self._new.get(name, name)

    def translated_back(self, text: str) -> str:
        """Return a text with the old names, in either number, also as titles, and with a mark for each digest."""
        titles = {_title(new): _title(old) for new, old in self._old.items()}
        names = "|".join(sorted(map(re.escape, titles), key=len, reverse=True))
        text = re.sub(rf"(?<![^\W_])({names})(s?)(?![^\W_])", lambda match: titles[match[1]] + match[2], text)
        names = "|".join(sorted(map(re.escape, self._old), key=len, reverse=True))
        text = re.sub(rf"(?<![^\W_])({names})(s?)(?![^\W_])", lambda match: self._old[match[1]] + match[2], text)
        return without_digests(text)

    # --- the dataset

    def rename(self, root: Path) -> None:
        """Rename everything in the schema, documents, tables and generated blocks of a dataset."""
        if (root / schema_file.SCHEMA_FILE).is_file():
            self._rewrite(root / schema_file.SCHEMA_FILE, self._declaration)
        for path in _documents(root, "json"):
            self._rewrite(path, self._document)
        for path in _documents(root, "jsonl"):
            lines = (self._document(json.loads(line)) for line in path.read_text("utf-8").splitlines())
            path.write_text("".join(f"{strict_json.compact(each)}\n" for each in lines), "utf-8")
        for layer in self.schema.cluster_layers:
            path = root / tables.clusters_file(layer)
            if path.is_file() and layer.clusters:
                text = layer.clusters.text
                path.write_text(path.read_text("utf-8").replace(f'"{text}"', f'"{self.new(text)}"'), "utf-8")
        for path in (root / rounds.DECISIONS).glob("*.jsonl"):
            self._rename_reviews(path)
        self._rename_link_types(root / tables.LINKS)
        self._rename_migrations(root)
        for name in ("DATASET_CARD.md", "annotations/GUIDELINES.md"):
            if (root / name).is_file():
                self._rename_blocks(root / name)

    def _rewrite(self, path: Path, change: Any) -> None:
        try:
            value = json.loads(path.read_text("utf-8"))
        except ValueError:
            return
        path.write_text(_written(change(value)), "utf-8")

    def _declaration(self, declaration: Any) -> Any:
        for name, node in declaration["properties"].items():
            layer = self.schema.layers[name]
            node["x-layer"] = {"config": layer.config, **node["x-layer"]} if layer.config else node["x-layer"]
            node["x-layer"] = self._keywords(node["x-layer"])
            definition = _label_definition(declaration, node)
            for key, attribute in label_properties(declaration, node):
                for choice in _choices(declaration, attribute):
                    names = {"const", "x-formerly"} & choice.keys()
                    choice |= {name: self._new.get(choice[name], choice[name]) for name in names}
                self._attribute_keywords(attribute.get("x-attribute", {}))
                definition["properties"][key] = attribute
            definition["properties"] = self._keys(definition["properties"])
            definition["required"] = [self._new.get(key, key) for key in definition["required"]]
        declaration["properties"] = self._keys(declaration["properties"])
        return declaration

    def _attribute_keywords(self, keywords: Any) -> None:
        for key in ("to", "parties"):
            if key in keywords:
                keywords[key] = [each if each == TOPICS else self.new(each) for each in keywords[key]]
        if "default" in keywords:
            keywords["default"] = self.new(keywords["default"])

    def _keywords(self, value: Any) -> Any:
        """Return ``x-layer`` with new names; the only other strings in it are no names of anything."""
        if isinstance(value, dict):
            found = {key: item if key in _KEPT else self._keywords(item) for key, item in value.items()}
            return {key if key in _KEYS | _KEPT else self._new.get(key, key): item for key, item in found.items()}
        if isinstance(value, list):
            return [self._keywords(item) for item in value]
        return self._new.get(value, value) if isinstance(value, str) else value

    def _keys(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {self._new.get(key, key): item for key, item in value.items()}

    def _document(self, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        for layer in self.schema.layers.values():
            labels = document.get(layer.name)
            labels = [labels] if isinstance(labels, dict) else labels if isinstance(labels, list) else []
            for label in labels:
                for attribute in layer.attributes:
                    if attribute.name in label and (
                        attribute.is_reference or attribute.kind in (AttributeKind.CHOICE, AttributeKind.CHOICES)
                    ):
                        label[attribute.name] = self._value(label[attribute.name])
                renamed = {self._new.get(key, key) if key in _names(layer) else key: label[key] for key in label}
                label.clear()
                label.update(renamed)
        if isinstance(document.get("status"), dict):
            document["status"] = self._layer_keys(document["status"])
        return self._layer_keys(document)

    def _layer_keys(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {self.new(key) if key in self.schema.layers else key: item for key, item in value.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(each) for each in value]
        return self._new.get(value, value) if isinstance(value, str) else value

    def _rename_link_types(self, path: Path) -> None:
        if path.is_file():
            rows = [line.split("\t") for line in path.read_text("utf-8").split("\n")]
            rows[1:] = [[*row[:2], self._value(row[2]), *row[3:]] if len(row) > 2 else row for row in rows[1:]]
            path.write_text("\n".join("\t".join(row) for row in rows), "utf-8")

    # --- migrations

    def _rename_reviews(self, path: Path) -> None:
        """Rename the layers of the reviews among decisions."""
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        renamed = ({**line, "layer": self.new(line["layer"])} if reviews.is_review(line) else line for line in lines)
        path.write_text("".join(f"{strict_json.compact(each)}\n" for each in renamed), "utf-8")

    def _rename_migrations(self, root: Path) -> None:
        """Rename what migrations that are to come name, and queues; those that were applied stay."""
        for path in _pending(root):
            value = json.loads(path.read_text("utf-8"))
            path.write_text(_written({**value, "steps": [self.step(step) for step in value["steps"]]}), "utf-8")
        for path in sorted((root / tables.ANNOTATIONS).glob("queue-*.jsonl")):
            header, *lines = path.read_text("utf-8").splitlines()
            text = "".join(f"{strict_json.compact(self._queue_line(json.loads(line)))}\n" for line in lines)
            path.write_text(f"{header}\n{text}", "utf-8")

    def step(self, step: Any) -> Any:
        """Return a step of a migration with new names; a name that is in no schema stays."""
        if isinstance(step, dict):
            return {self._new.get(key, key): self.step(value) for key, value in step.items()}
        if isinstance(step, list):
            return [self.step(each) for each in step]
        return self._new.get(step, step) if isinstance(step, str) else step

    def _queue_line(self, line: Any) -> Any:
        named = {key: self._value(line[key]) for key in ("layer", "attribute", "from", "options", "label")}
        values = {"origin" if key == "from" else key: value for key, value in (line | named).items() if key != "id"}
        return QueueLine(**values).to_record()

    def _rename_blocks(self, path: Path) -> None:
        def renamed(match: re.Match[str]) -> str:
            return match[1] + re.sub(r"[a-z0-9_]+", lambda name: self._new.get(name[0], name[0]), match[2]) + " -->"

        text = path.read_text("utf-8")
        path.write_text(re.sub(r"(<!-- (?:begin|end) generated: )([a-z0-9._-]+) -->", renamed, text), "utf-8")


def normalize(root: Path) -> None:
    """Write the JSON files of a dataset as `Renaming.rename` does, so that their lines are comparable."""
    for path in (root / schema_file.SCHEMA_FILE, *_documents(root, "json"), *_pending(root)):
        try:
            path.write_text(_written(json.loads(path.read_text("utf-8"))), "utf-8")
        except (ValueError, OSError):
            continue


def _documents(root: Path, ending: str) -> list[Path]:
    """Return the files of documents of all rounds."""
    folder = root / tables.ANNOTATIONS
    own = (path for path in folder.glob(f"*/*.{ending}") if path.parent.name not in rounds.FOLDER_NAMES)
    return sorted([*own, *folder.glob(f"rounds/*/*/*.{ending}")])


def _pending(root: Path) -> list[Path]:
    """Return the files of migrations that are to come."""
    ledger = root / LEDGER
    applied = ledger.read_text("utf-8") if ledger.is_file() else ""
    paths = sorted((root / MIGRATIONS).glob("[0-9]*.json"))
    return [path for path in paths if f'"{path.name.partition(".")[0]}"' not in applied]


def _written(value: Any) -> str:
    """Return a JSON file's text; lone surrogates, which no file can hold, are escaped."""
    text = strict_json.pretty(value)
    return json.dumps(value, indent=2) if _SURROGATE.search(text) else text


def without_digests(text: str) -> str:
    """Return a text with a mark in the place of each digest."""
    return _DIGEST.sub("#", text)


def _title(name: str) -> str:
    """Return the title that an attribute has if its declaration gives none."""
    return name.replace("_", " ").capitalize()


def _names(layer: Any) -> set[str]:
    return {attribute.name for attribute in layer.attributes}


def _label_definition(declaration: Any, node: Any) -> Any:
    """Return the node, in the declaration, that has the properties of a layer's labels."""
    while "properties" not in node:
        node = declaration["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node["items"]
    return node


def _choices(declaration: Any, node: Any) -> list[Any]:
    """Return the declarations of the labels of a choice, in place."""
    if "$ref" in node:
        return _choices(declaration, declaration["$defs"][node["$ref"].rpartition("/")[2]])
    if "items" in node:
        return _choices(declaration, node["items"])
    if "anyOf" in node:
        return [choice for branch in node["anyOf"] for choice in _choices(declaration, branch)]
    return [choice for choice in node.get("oneOf", []) if "const" in choice]


def _candidates(name: str) -> Iterable[str]:
    """Yield names of the same length and case, from a digest of the name, so that each run chooses the same."""
    for attempt in range(10_000):
        digest = hashlib.sha256(f"{attempt} {name}".encode()).digest() * 3
        letters = [_LETTERS[byte % len(_LETTERS)] for byte in digest[: len(name)]]
        new = "".join(
            old if not old.isalpha() else letter.upper() if old.isupper() else letter
            for old, letter in zip(name, letters, strict=True)
        )
        yield new[:-1] + "s" if name.endswith("s") else new
