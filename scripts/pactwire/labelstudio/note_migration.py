"""Migration of what a draft notes about its labels in results: drafted values, and digests that tell edits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pactwire.labelstudio.canonical_labels import article_key, label_digest
from pactwire.labelstudio.decoder import ACCEPTED, DecodedLabel
from pactwire.labelstudio.drafted_values import MISSING, VALUES, is_empty, plain_value, unset_values
from pactwire.labelstudio.migration_marks import pactwire_meta
from pactwire.model.label_migration import LabelMigration
from pactwire.model.layers import AttributeKind

_ALWAYS_EDITED: Final = "edited"
"""The digest of a drafted label that a person edited to what the migration makes of it, so that it stays edited."""


class NoteMigration:
    """The migration of the notes about labels of an article."""

    def __init__(self, migration: LabelMigration, article: str) -> None:
        self._migration = migration
        self._article = article

    def migrate(self, layer: str, label: Mapping[str, Any], notes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the notes about a label with its attributes and drafted values as the migration makes them.

        Those of version 1.0.0 hold values by attribute beside the other notes.
        """
        names = {each.name for each in self._migration.old.layers[layer].attributes}
        renamed = {name: str(key) for name in names if (key := self._migration.attribute_name(layer, name))}
        drafted = {**{name: notes[name] for name in names & notes.keys()}, **notes.get(VALUES, {})}
        values = self._migration.migrate_label(layer, {**label, **drafted}, self._article) if drafted else None
        moved = {name: values[key] for name, key in renamed.items() if values and key in values and name in drafted}
        found: dict[str, Any] = {}
        for key, value in notes.items():
            if key == VALUES:
                kept = {renamed[name]: moved[name] for name in value if name in moved}
                found[key] = {name: value for name, value in kept.items() if not self._is_plain(layer, name, value)}
            elif key == MISSING:
                found[key] = [renamed[name] for name in value if name in renamed]
            elif key not in names:
                found[key] = value
            elif key in moved:
                found[renamed[key]] = moved[key]
        if emptied := self._emptied(layer, label, renamed):
            found[VALUES] = {**found.get(VALUES, {}), **emptied}
        return {key: value for key, value in found.items() if key not in (VALUES, MISSING) or value}

    def _emptied(self, layer: str, label: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
        """Return the values that the migration empties and that results without them would not say: not a default."""
        migrated = self._migration.migrate_label(layer, label, self._article) or {}
        lost = [
            key for name, key in renamed.items() if not is_empty(label.get(name)) and is_empty(migrated.get(key, 0))
        ]
        return {key: migrated[key] for key in lost if not self._is_plain(layer, key, migrated[key])}

    def _is_plain(self, layer: str, name: str, value: Any) -> bool:
        """Say whether results say a value of an attribute, by its new name, without a note: choices that lost some."""
        schema, place = self._migration.schema, str(self._migration.layer_name(layer))
        attribute = schema.layers[place].attribute(name)
        if is_empty(value):
            return bool(value == unset_values(schema, place)[name])
        is_known = attribute.kind == AttributeKind.CHOICES and {*value} <= {*attribute.label_names}
        return is_known and bool(value == plain_value(attribute, value, {}))


@dataclass(frozen=True)
class DigestRenewal:
    """The digests of drafted labels after a migration: accepted labels stay accepted, and edited ones edited.

    ``before`` and ``after`` are the labels of the results by region, or by the key of an article's label. ``layers``
    holds the old names of layers by the new ones, ``digests`` the new digests of drafted labels by the old ones, to
    which those of accepted labels are added.
    """

    before: Mapping[str, DecodedLabel]
    after: Mapping[str, DecodedLabel]
    layers: Mapping[str, str]
    digests: dict[str, str]

    def renew(self, results: Sequence[Any]) -> list[Any]:
        """Return migrated results with the digests as they are now."""
        return [self._renewed_result(result) for result in results]

    def _renewed_result(self, result: Any) -> Any:
        known = pactwire_meta(result)
        if not known:
            return result
        if isinstance(articles := known.get("articles"), dict):
            renewed = {
                name: self._renewed(notes, article_key(self.layers[name]), article_key(name))
                for name, notes in articles.items()
            }
            known = {**known, "articles": renewed}
        else:
            known = self._renewed(known, str(result.get("id")), str(result.get("id")))
        return {**result, "meta": {**result["meta"], "pactwire": known}}

    def _renewed(self, notes: dict[str, Any], old: str, new: str) -> dict[str, Any]:
        if not isinstance(notes.get("digest"), str):
            return notes
        was, now = self.before.get(old), self.after.get(new)
        current = label_digest(now.label) if now else ""
        if was and now and was.state == ACCEPTED:
            self.digests[notes["digest"]] = current
            return {**notes, "digest": current}
        digest = self.digests.get(notes["digest"], notes["digest"])
        return {**notes, "digest": _ALWAYS_EDITED if digest == current else digest}
