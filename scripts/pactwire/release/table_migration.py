"""The migration of what names labels beside the documents: decisions, clusters, links, and generated blocks."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pactwire.agreement import alignment
from pactwire.agreement.decisions import CHOICE_NONE, CHOICE_OTHER
from pactwire.corpus import reviews, rounds, tables
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.migration_ledger import LEDGER
from pactwire.model import strict_json
from pactwire.model.article_ids import ARTICLE_ID
from pactwire.model.issues import DataError, Issue
from pactwire.model.label_migration import CHANGED, REMOVED, LabelMigration
from pactwire.model.schema import AnnotationSchema
from pactwire.release.docs import GENERATED_FILES
from pactwire.release.document_migration import migrations_after
from pactwire.storage import files

_BLOCK: Final = re.compile(r"(<!-- (?:begin|end) generated: )([a-z0-9._-]+)( -->)")


@dataclass
class TableMigration:
    """What becomes of decisions, clusters and links: their counts, and what is wrong.

    ``applied`` and ``chain`` are as in `DocumentMigration`, ``target`` is the schema after them. ``gone`` is the label
    that people have decided on, and ``link_types`` the classes that the labels of each link have now. ``counts`` are by
    what is counted and what happened to it.
    """

    root: Path
    target: AnnotationSchema
    applied: Sequence[LabelMigration]
    chain: Sequence[LabelMigration]
    gone: str | None = None
    link_types: Mapping[str, set[str]] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    issues: list[Issue] = field(default_factory=list)

    def files(self) -> dict[str, str | None]:
        """Return the new content of the files that change, by name; None for one that is removed."""
        found = {**self._all_decisions(), **self._clusters(), tables.LINKS: self._links()}
        changed = {name: text for name, text in found.items() if text != self._present(name)}
        return changed | {name: text for name, text in self._blocks().items() if text != self._present(name)}

    def _present(self, name: str) -> str | None:
        return files.read_text(self.root / name, name) if (self.root / name).is_file() else None

    # --- decisions

    def _all_decisions(self) -> dict[str, str | None]:
        """Return the decisions files of all rounds after the migration; a former one that changes is moved."""
        try:
            names = rounds.decisions_files(self.root)
        except DataError as error:
            self.issues += error.issues
            return {}
        found: dict[str, str | None] = {name: self._decisions(name) for name in names}
        text = found.get(rounds.FORMER_DECISIONS)
        if text is not None and text != self._present(rounds.FORMER_DECISIONS):
            found |= {rounds.decisions_file(self.root): text, rounds.FORMER_DECISIONS: None}
        return found

    def _decisions(self, file: str) -> str | None:
        """Return a decisions file after the migration, with the ids that its lines have then."""
        entries = list(tables.read_records(self.root / file, file, self.issues))
        if not entries or not isinstance(entries[0][1], dict):
            return self._present(file)
        header = entries[0][1]
        since = migrations_after(self.applied, header.get("labels"))
        if since is None:
            message = f"its labels went through {header['labels']!r}, which {LEDGER} does not list"
            self.issues.append(Issue(file, 1, "document-ahead", message))
            return None
        if not (chain := [*since, *self.chain]):
            return self._present(file)
        records = [
            self._decision(file, line, record, chain) for line, record in entries[1:] if not reviews.is_review(record)
        ]
        kept = _numbered([record for record in records if record is not None])
        kept += [
            migrated
            for _, record in entries[1:]
            if reviews.is_review(record) and (migrated := self._review(file, record, chain))
        ]
        self.counts["decisions", REMOVED] += len(entries) - 1 - len(kept)
        lines = [{**header, "labels": self.target.migration}, *kept]
        return "".join(f"{strict_json.compact(record)}\n" for record in lines)

    def _decision(self, file: str, line: int, record: Any, chain: Sequence[LabelMigration]) -> dict[str, Any] | None:
        """Return a line after a chain of migrations; None if nothing is left to decide on."""
        if not _is_decision(record, chain[0].old):
            message = "it can't be migrated: it is no decision on a layer of the schema"
            self.issues.append(Issue(file, line, "decisions-record", message))
            return None
        migrated: dict[str, Any] | None = record
        for migration in chain if record["layer"] != "zones" else ():
            migrated = None if migrated is None else _migrated_decision(migration, migrated)
        self.counts["decisions", CHANGED] += migrated is not None and migrated != record
        return migrated

    def _review(self, file: str, record: Mapping[str, Any], chain: Sequence[LabelMigration]) -> dict[str, Any] | None:
        """Return the line of a review after a chain of migrations; None if its layer is gone.

        A review that holds, holds for the migrated labels too.
        """
        layer, final = str(record.get("layer")), self._final(file, str(record.get("article")), chain[0].old)
        new, document = layer, final
        for migration in chain:
            if new in migration.old.layers and (renamed := migration.layer_name(new)) != new:
                if renamed is None:
                    return None
                new = renamed
            document = document and migration.migrate_document(document)
        holds = final and layer in final and reviews.layer_digest(chain[0].old, final, layer) == record[reviews.REVIEW]
        digest = reviews.layer_digest(self.target, document, new) if holds and document else record[reviews.REVIEW]
        migrated = {**record, reviews.REVIEW: digest, "layer": new}
        self.counts["decisions", CHANGED] += migrated != record
        return migrated

    def _final(self, file: str, article: str, schema: AnnotationSchema) -> dict[str, Any] | None:
        """Return what came of the decisions of a file on an article, before the migration; None if it can't be read."""
        folder = self.root / rounds.ROUNDS / Path(file).stem
        path = (folder if folder.is_dir() else self.root / tables.ANNOTATIONS) / FINAL / f"{article}.json"
        if not ARTICLE_ID.fullmatch(article) or not path.is_file():
            return None
        try:
            document: Any = files.read_json(path, path.name)
        except DataError:
            return None  # an issue of the documents
        return document if schema.is_valid(document) else None

    # --- clusters

    def _clusters(self) -> dict[str, str | None]:
        """Return the files of clusters after the migration; None for those of layers that are dropped."""
        names: dict[str, list[tuple[str, str | None]]] = {}
        gone: set[str] = set()
        owned = {tables.clusters_file(layer) for layer in self.target.cluster_layers}
        for migration in (*self.applied, *self.chain):
            for layer in migration.old.cluster_layers:
                assert layer.clusters
                file, text = tables.clusters_file(layer), layer.clusters.text
                if migration.layer_name(layer.name) is not None:
                    names.setdefault(file, []).append((text, migration.attribute_name(layer.name, text)))
                elif migration in self.chain or file not in owned:
                    gone.add(file)
        found: dict[str, str | None] = {}
        for file in sorted(names.keys() | gone):
            if not (self.root / file).is_file():
                continue
            if file in gone:
                found[file] = None
                self.counts["clusters", REMOVED] += sum(1 for _ in tables.read_records(self.root / file, file, []))
            elif any(old != new for old, new in names[file]):
                found[file] = self._cluster_lines(file, names[file])
        return found

    def _cluster_lines(self, file: str, names: Sequence[tuple[str, str | None]]) -> str:
        """Return the lines of a file in which the key of what they state has its new name."""
        lines = []
        for _, record in tables.read_records(self.root / file, file, self.issues):
            changed = dict(record)
            for old, new in names:
                if new and new not in changed:
                    changed = {new if key == old else key: value for key, value in changed.items()}
            self.counts["clusters", CHANGED] += changed != record
            lines.append(f"{strict_json.compact(changed)}\n")
        return "".join(lines)

    def member_issues(self, removed: set[str]) -> Iterator[Issue]:
        """Yield the clusters with members that would be removed, which are given as ``article/label``."""
        for layer in self.target.cluster_layers if removed else ():
            file = tables.clusters_file(layer)
            for line, record in tables.read_records(self.root / file, file, []):
                for member in record.get("members", ()):
                    if member in removed:
                        message = f"its member {member} would be removed"
                        yield Issue(file, line, "migration-document", message, str(record.get("id", "")))

    # --- links

    def _links(self) -> str | None:
        """Return links.tsv with the new names of types.

        A type that people decided on becomes the class of the link's labels; one that is gone, or not clear, is empty.
        """
        rows = tables.read_rows(self.root, tables.LINKS, tables.LINK_COLUMNS, "\t", self.issues)
        if not rows:
            return self._present(tables.LINKS)
        layer = self.target.names_layer
        own = layer.class_attribute.labels if layer and layer.class_attribute else ()
        in_use = {label.name for label in own if not label.is_deprecated}
        lines = ["\t".join(tables.LINK_COLUMNS)]
        for _, (link, name, type_, source) in rows:
            chain = (*self.applied, *self.chain) if type_ not in in_use else self.chain
            new = type_
            for migration in chain:
                new = _link_type(migration, link, name, new) if new else new
            if new == self.gone:
                found = self.link_types.get(link, set())
                new = next(iter(found)) if len(found) == 1 else ""
            self.counts["links", CHANGED] += new != type_
            lines.append("\t".join((link, name, new, source)))
        return "\n".join(lines) + "\n" if self.counts["links", CHANGED] else self._present(tables.LINKS)

    # --- generated blocks

    def _blocks(self) -> dict[str, str]:
        """Return the Markdown files whose blocks are named after layers and attributes, with their new names."""
        names: dict[str, str] = {}
        for migration in self.chain:
            new_names = {
                f"{layer}.{attribute}": f"{migration.layer_name(layer)}.{migration.attribute_name(layer, attribute)}"
                for layer, attribute, _ in migration.old.label_sets()
                if layer in migration.old.layers and migration.attribute_name(layer, attribute)
            }
            new_names |= {f"plot-{old}": f"plot-{migration.layer_name(old)}" for old in migration.old.layers}
            names = {old: new_names.pop(new, new) for old, new in names.items()} | new_names
        found = {}
        for file in GENERATED_FILES:
            if (text := self._present(file)) is not None:
                found[file] = _BLOCK.sub(lambda match: match[1] + names.get(match[2], match[2]) + match[3], text)
        return found


def _is_decision(record: Any, schema: AnnotationSchema) -> bool:
    """Say whether a line is about a layer of a schema, with options that are labels, lists of zones or null."""
    if not isinstance(record, dict) or record.get("layer") not in schema.layer_names:
        return False
    options, label = record.get("options"), record.get("label")
    kind = list if record["layer"] == "zones" else dict
    return isinstance(options, dict) and all(isinstance(each, kind | None) for each in (*options.values(), label))


def _migrated_decision(migration: LabelMigration, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a line after a migration; None if nothing is left to decide on."""
    layer, article = record["layer"], str(record.get("article", ""))
    options = {
        letter: option and migration.migrate_label(layer, option, article)
        for letter, option in record["options"].items()
    }
    label = record.get("label") and migration.migrate_label(layer, record["label"], article)
    is_addition = not record["options"]
    if migration.layer_name(layer) is None or not (any(options.values()) or (is_addition and label)):
        return None
    new = {**record, "layer": migration.layer_name(layer), "options": options}
    choice = record.get("choice")
    if (choice == CHOICE_OTHER and label is None) or (choice in options and options[choice] is None):
        choice = CHOICE_NONE
    new |= {key: value for key, value in (("choice", choice), ("label", label)) if key in record}
    if isinstance(record.get("differs"), list):
        new["differs"] = list(_differing(migration, layer, record["differs"], options))
    return new


def _differing(
    migration: LabelMigration, layer: str, differs: Sequence[str], options: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the new names of the fields in which options differ; ``span`` alone where one lacks."""
    labels = [option for option in options.values() if option]
    if len(labels) < len(options):
        yield "span"
        return
    known = {attribute.name for attribute in migration.old.layers[layer].attributes}
    for name in differs:
        new = migration.attribute_name(layer, name) if name in known else name
        if new and (name not in known or any(label.get(new) != labels[0].get(new) for label in labels)):
            yield new


def _numbered(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return lines with their new ids, in the order that adjudication gives them."""
    counts: Counter[tuple[Any, str]] = Counter()
    for record in records:
        if record.get("id"):
            subject = record["options"] or {"": record.get("label")}
            name = alignment.decision_id(record["article"], record["layer"], subject)
            counts[record["article"], name] += 1
            count = counts[record["article"], name]
            record["id"] = f"{name}-{count}" if count > 1 and record["options"] else name
    ordered: list[dict[str, Any]] = []
    for _, group in groupby(records, key=lambda each: [each.get(key) for key in ("article", "layer", "start", "end")]):
        lines = list(group)
        ordered += sorted(lines, key=lambda each: str(each["id"])) if all(each.get("id") for each in lines) else lines
    return ordered


def _link_type(migration: LabelMigration, link: str, name: str, type_: str) -> str:
    """Return the new type of a row of links.tsv: that of a label of which only its name, link and class are known."""
    layer = migration.old.names_layer
    if layer is None or layer.class_attribute is None or type_ not in layer.class_attribute.label_names:
        return type_
    known = {each.name: link for each in layer.links[:1]}
    label = migration.migrate_label(layer.name, {"text": name, layer.class_attribute.name: type_, **known})
    new = migration.attribute_name(layer.name, layer.class_attribute.name)
    return str((label or {}).get(new or "") or "")
