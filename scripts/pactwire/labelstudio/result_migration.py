"""Migration of results: what a migration makes of an annotation, a prediction or a draft in Label Studio.

Results are changed one by one rather than decoded and encoded again, so that unfinished work, notes and all that the
page keeps stay as they are. What becomes of a label is what `LabelMigration` says, as in a document. Nothing is read or
written here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.labelstudio import schema_mapping
from pactwire.labelstudio.canonical_labels import article_key
from pactwire.labelstudio.control_renaming import ControlRenaming, typed_controls
from pactwire.labelstudio.decoder import DecodedLabel, decode_labels
from pactwire.labelstudio.encoder import control_result, control_values
from pactwire.labelstudio.given_layers import GIVEN
from pactwire.labelstudio.given_migration import GivenMigration
from pactwire.labelstudio.migration_marks import ANSWERED, pactwire_meta
from pactwire.labelstudio.note_migration import DigestRenewal, NoteMigration
from pactwire.labelstudio.schema_mapping import FINISHED, FLAGS, LABEL, ProjectMapping
from pactwire.model.label_migration import CHANGED, QUEUED, REMOVED, LabelMigration

Result = dict[str, Any]

UNREADABLE: Final = "unreadable"
"""What is counted beside labels that are CHANGED, REMOVED or QUEUED: regions that stay as they are, since they have not
one label, or one that the project does not have."""


class MigratedResults(NamedTuple):
    """Results after a migration, and what was counted."""

    results: list[Any]
    counts: Counter[str]


class ResultMigration:
    """A migration of the results of a project that has the name ``renamed`` after it, if it is that of one layer."""

    def __init__(self, migration: LabelMigration, project: str, renamed: str = "") -> None:
        self.migration = migration
        self.project = project
        self.renamed = renamed or project
        self.old = schema_mapping.project_mapping(migration.old, project)
        self.new = schema_mapping.project_mapping(migration.schema, self.renamed)
        self.names = ControlRenaming(migration, self.old, self.new) if project != "zones" else None

    def migrate(
        self, results: Sequence[Any], data: Mapping[str, Any], digests: dict[str, str], is_draft: bool = False
    ) -> MigratedResults:
        """Return results after the migration.

        Args:
            results: JSON values; what is no result of the project's config stays as it is.
            data: The ``data`` of the task.
            digests: The digest of each drafted label by the one that it had before. Those of a prediction are added, so
                that annotations made from it are migrated after it.
            is_draft: Whether they show a document, where who answers for a label in a queue is one of its authors.
        """
        if self.names is None:
            return MigratedResults(list(results), Counter())
        run = _ResultMigrator(self, self.names, results, {**data, "project": self.project}, is_draft)
        migrated = run.migrate()
        after = decode_labels(self.migration.schema, migrated, {**data, "project": self.renamed}, self.renamed)
        renewal = DigestRenewal(run.labels, after, self.names.old_layers, digests)
        return MigratedResults(renewal.renew(migrated), run.counts)


class _ResultMigrator:
    """Migrates one list of results: ``changes`` are new results by their place, ``added`` those that follow them."""

    def __init__(
        self,
        about: ResultMigration,
        names: ControlRenaming,
        results: Sequence[Any],
        data: Mapping[str, Any],
        is_draft: bool,
    ) -> None:
        self.about = about
        self.is_draft = is_draft
        self.notes = NoteMigration(about.migration, str(data.get("article", "")))
        self.names = names
        self.results = results
        self.article = str(data.get("article", ""))
        self.labels = decode_labels(about.migration.old, list(results), data, about.project)
        self.given = GivenMigration(about.migration, about.old, about.new, results, self.article)
        self.typed = typed_controls(about.old) | typed_controls(about.new)
        self.counts: Counter[str] = Counter()
        self.changes: dict[int, Result | None] = {}
        self.added: dict[int, list[Result]] = {}
        self.layers: dict[str, str] = {}
        self.removed: set[str] = set()
        self.answered: dict[str, list[str]] = {}
        self.ids: dict[str, str] = {}
        self.ticks = next((place for place, result in enumerate(results) if _control(result) == FINISHED), 0)

    def migrate(self) -> list[Any]:
        """Return the migrated results."""
        groups = self._groups()
        for layer in self.about.old.article_layers:
            key = article_key(layer)
            self._migrate_label(key, layer, self.labels.get(key), groups.pop(key, []))
        for region, group in groups.items():
            self._migrate_region(region, group)
        self._remove_unused_parts()
        for place, result in enumerate(self.results):
            if isinstance(result, dict) and result.get("type") == "relation":
                self.changes[place] = self._migrate_relation(result)
            elif _control(result) == FINISHED:
                self.changes[place] = self._migrate_ticks(result)
        migrated: list[Any] = []
        for place, result in enumerate(self.results):
            migrated += [self.changes.get(place, result), *self.added.get(place, ())]
        return [self._with_new_ids(result) for result in migrated if result is not None]

    def _groups(self) -> dict[str, list[int]]:
        """Return the places of the results of each region by its id, and of each article's label by its key."""
        groups: dict[str, list[int]] = {}
        controls = self.about.old.per_task_controls
        for place, result in enumerate(self.results):
            control, name = _control(result), _id(result)
            if isinstance(control, str) and isinstance(name, str) and control not in (FINISHED, FLAGS):
                key = article_key(controls[control][0]) if control in controls else name
                groups.setdefault(key, []).append(place)
        return groups

    # --- labels

    def _migrate_region(self, region: str, group: list[int]) -> None:
        shown = [name for place in group for name in _shown_labels(self.results[place])]
        layer = self.about.old.region_labels.get(shown[0]) if len(shown) == 1 else None
        if layer is None:
            self.counts[UNREADABLE] += bool(shown)
            self._write_values(group, {}, {})
            return
        self.layers[region] = layer
        if layer in self.about.old.part_owners:
            self._migrate_part(region, shown[0], group)
            return
        if self.given.is_withdrawn(layer, region):
            self._remove(region, group)
            return
        key = self.about.old.class_key(layer)
        named = {"id": region, **({key: self.about.old.region_class(shown[0]) or None} if key else {})}
        decoded = self.labels.get(region) or DecodedLabel(layer, self.given.shown_label(layer, named), "")
        self._migrate_label(region, layer, decoded, group)

    def _migrate_part(self, region: str, name: str, group: list[int]) -> None:
        renamed = self.names.part_labels[name]
        if renamed is None:
            self._remove(region, group)
            return
        if renamed != name and region.startswith(prefix := f"{name.lower()}-"):
            self.ids[region] = f"{renamed.lower()}-{region.removeprefix(prefix)}"
        self._write_values(group, {}, {})
        self._write_label(group, renamed)

    def _migrate_label(self, key: str, layer: str, decoded: DecodedLabel | None, group: list[int]) -> None:
        """Migrate the results of a label; ``key`` is its region, or that of the label of the whole article."""
        if decoded is None:
            return
        migration, old, new = self.about.migration, self.about.old, self.about.new
        name = migration.layer_name(layer)
        migrated = migration.migrate_label(layer, decoded.label, self.article) if name is not None else None
        if name is None or migrated is None:
            self._remove(key, group)
            self.counts[REMOVED] += 1
            return
        queued = migration.queued(layer, decoded.label, self.article)
        self.counts[QUEUED] += queued is not None and queued not in migration.answers
        before, count = [self.results[place] for place in group], sum(map(len, self.added.values()))
        self._write_values(group, _texts(old, layer, decoded.label), _texts(new, name, migrated))
        if layer in old.article_layers:
            self.answered[layer] = _answerers(decoded.label, migrated)
        else:
            self._write_label(group, self._shown_label(name, migrated))
            self._write_meta(group, layer, decoded.label, migrated)
        after = [self.changes.get(place, self.results[place]) for place in group]
        self.counts[CHANGED] += before != after or count < sum(map(len, self.added.values()))

    def _shown_label(self, layer: str, label: Result) -> str:
        """Return the region label of a migrated label; empty, and counted, if the page has none for its class."""
        try:
            return self.about.new.region_label(layer, label)
        except KeyError:
            self.counts[UNREADABLE] += 1
            return ""

    def _remove(self, region: str, group: list[int]) -> None:
        self.removed.add(region)
        self.changes |= dict.fromkeys(group)

    def _write_values(self, group: list[int], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Write what the controls of a label hold; ``old`` and ``new`` are (kind, texts) by control."""
        written: set[str] = set()
        for place in group:
            result = self.results[place]
            control = result["from_name"]
            if control == LABEL or control not in self.names.controls:
                continue
            renamed, mark = self.names.controls[control], self.about.old.marks.get(control)
            if renamed is None or (mark and article_key(mark.layer) in self.removed):
                self.changes[place] = None
                continue
            main, was = self.typed.get(renamed, renamed), old.get(self.typed.get(control, control))
            if renamed in self.names.marks:
                chosen = {**result["value"], "choices": [self.names.marks[renamed]]}
                self.changes[place] = {**result, "from_name": renamed, "value": chosen}
            elif was == new.get(main):
                self.changes[place] = _renamed(result, renamed)
            elif main in new and main not in written:
                self.changes[place] = self._control_result(group, main, *new[main])
            else:
                self.changes[place] = None
            written.add(main)
        inverse = {renamed: control for control, renamed in self.names.controls.items()}
        defaults = {each.control: each.default for each in self.about.new.attributes}
        for control, (kind, texts) in new.items():
            implied = old.get(inverse.get(control, ""), (kind, None))[1]
            if control not in written and texts not in (implied, [defaults.get(control)]):
                place = group[-1] if group else self.ticks
                self.added.setdefault(place, []).append(self._control_result(group, control, kind, texts))

    def _control_result(self, group: list[int], control: str, kind: str, texts: list[str]) -> Result:
        first = self.results[group[0] if group else self.ticks]
        span = {key: first["value"][key] for key in ("start", "end") if key in (first.get("value") or {})}
        origin = {"origin": first["origin"]} if "origin" in first else {}
        return control_result(first["id"] if span else f"_{control}", control, kind, span, texts) | origin

    def _write_label(self, group: list[int], name: str) -> None:
        for place in group:
            result = self.changes.get(place, self.results[place])
            if result is not None and name and _shown_labels(result) not in ([], [name]):
                self.changes[place] = {**result, "value": {**result["value"], "labels": [name]}}

    def _write_meta(self, group: list[int], layer: str, label: Result, migrated: Result) -> None:
        """Write the notes of a draft, and who answered for a label, into the meta of all results of a region."""
        answered = _answerers(label, migrated)
        for place in group:
            result = self.changes.get(place, self.results[place])
            if result is None:
                continue
            meta = dict(result.get("meta") or {})
            if known := pactwire_meta(result):
                meta["pactwire"] = self._with_answerers(self.notes.migrate(layer, label, known), answered)
            if answered and not self.is_draft:
                meta[ANSWERED] = answered
            if meta:
                self.changes[place] = {**result, "meta": meta}

    def _with_answerers(self, notes: dict[str, Any], names: list[str]) -> dict[str, Any]:
        """Return what a draft notes about a label, with who answered for it as authors."""
        return {**notes, "by": [*notes.get("by", ()), *names]} if self.is_draft and names else notes

    # --- the rest

    def _remove_unused_parts(self) -> None:
        """Remove the regions of parts whose labels are all removed, or have the part no more."""
        kept: dict[str, bool] = {}
        for result in self.results:
            if isinstance(result, dict) and result.get("type") == "relation":
                is_kept = self._migrate_relation(result) is not None
                for end in (str(result.get("from_id")), str(result.get("to_id"))):
                    kept[end] = kept.get(end, False) or is_kept
        for region, layer in self.layers.items():
            owners = self.about.old.part_owners.get(layer, ())
            whole = [article_key(owner) in self.removed for owner in owners if owner in self.about.old.article_layers]
            if owners and not kept.get(region, not whole or not all(whole)):
                self._remove(region, [place for place, each in enumerate(self.results) if _id(each) == region])

    def _migrate_relation(self, relation: Result) -> Result | None:
        start, end = str(relation.get("from_id")), str(relation.get("to_id"))
        if {start, end} & self.removed:
            return None
        if relation.get("direction") == "left":
            start, end = end, start
        labels = relation.get("labels") or []
        if not labels:
            return relation
        ends = self.layers.get(start, ""), self.layers.get(end, "")
        found = [self.names.relation(label, *ends) for label in labels]
        kept = [name for name in found if name is not None]
        return {**relation, "labels": kept} if kept else None

    def _migrate_ticks(self, result: Result) -> Result:
        """Return the ticks of finished layers, and what the draft notes there."""
        value, known = result.get("value") or {}, dict(pactwire_meta(result))
        if isinstance(value.get("choices"), list):
            result = {**result, "value": {**value, "choices": self._kept_layers(value["choices"])}}
        if not known and not any(self.answered.values()):
            return result
        if isinstance(known.get("layers"), list):
            known["layers"] = self._kept_layers(known["layers"])
        known.pop(GIVEN, None)
        if given := self.given.notes():
            known[GIVEN] = given
        articles = known.pop("articles", None)
        if kept := dict(self._migrate_article_notes(articles if isinstance(articles, dict) else {})):
            known["articles"] = kept
        return {**result, "meta": {**(result.get("meta") or {}), "pactwire": known}}

    def _kept_layers(self, names: list[Any]) -> list[Any]:
        """Return the new names of layers, without those that are gone, and those whose one label was removed."""
        return self.names.layers(name for name in names if article_key(str(name)) not in self.removed)

    def _migrate_article_notes(self, articles: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for layer in self._kept_layers([*articles, *(name for name in self.answered if name not in articles)]):
            old = self.names.old_layers[layer]
            decoded = self.labels.get(article_key(old))
            notes = self.notes.migrate(old, decoded.label if decoded else {}, articles.get(old, {}))
            names = self.answered.get(old, [])
            notes = (
                self._with_answerers(notes, names) if self.is_draft else notes | ({ANSWERED: names} if names else {})
            )
            if notes:
                yield layer, notes

    def _with_new_ids(self, result: Any) -> Any:
        if not isinstance(result, dict) or not self.ids:
            return result
        keys = ("id", "from_id", "to_id")
        return result | {key: self.ids[result[key]] for key in keys if result.get(key) in self.ids}


def _texts(mapping: ProjectMapping, layer: str, label: Mapping[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Return the (kind, texts) of the controls that show a label."""
    return {control: (kind, texts) for control, kind, texts in control_values(mapping, layer, label)}


def _answerers(label: Result, migrated: Result) -> list[str]:
    return [name for name in migrated.get("by", ()) if name not in label.get("by", ())]


def _renamed(result: Result, control: str) -> Result:
    """Return a result of another control; that of a whole task may have the control's name as its id."""
    name = f"_{control}" if result["id"] == f"_{result['from_name']}" else result["id"]
    return {**result, "id": name, "from_name": control}


def _shown_labels(result: Any) -> list[str]:
    value = result.get("value") if isinstance(result, dict) and result.get("from_name") == LABEL else None
    labels = value.get("labels") if isinstance(value, dict) else None
    return [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []


def _control(result: Any) -> Any:
    return result.get("from_name") if isinstance(result, dict) else None


def _id(result: Any) -> Any:
    return result.get("id") if isinstance(result, dict) else None
