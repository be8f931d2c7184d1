"""Changes between two states of an article, label by label; a span that moved is reported as moved.

A change has the old and the new value of each attribute that differs, with None for an attribute that does not exist:
all attributes of an added record change from None, all those of a removed one to None. So the changes from B to A are
the changes from A to B, reversed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pactwire.corpus.corpus import FINAL
from pactwire.model.labels import document_labels
from pactwire.release import label_matching
from pactwire.release.label_comparison import LabelComparison
from pactwire.release.snapshots import ArticleState, Values

ADDED: Final = "added"
REMOVED: Final = "removed"
MOVED: Final = "moved"
CHANGED: Final = "changed"
RENAMED: Final = "renamed"
RENUMBERED: Final = "renumbered"
DATASET_ITEMS: Final = (
    "migrations", "labels", "configs", "columns", "links", "topics", "clusters", "articles", "splits", "stories",
    "texts", "documents", "layers",
)  # fmt: skip
"""The items other than the labels of a layer."""
ACTIONS: Final = (ADDED, REMOVED, MOVED, CHANGED, RENAMED, RENUMBERED)


class Change(NamedTuple):
    """One difference.

    Attributes:
        item: What differs: one of DATASET_ITEMS, or `label_item` of a layer for one of its labels.
        action: One of ACTIONS. A label whose span differs is ``moved``, even if other attributes differ as well; one
            that differs only in its id is ``renumbered``.
        name: The id of the record, the new one if there are two; the article for its label in a layer of articles.
        attributes: (old, new) by attribute.
        article: The article, if any.
        annotator: The annotator; empty for zones without a document.
        words: The text of a label's span.
    """

    item: str
    action: str
    name: str
    attributes: Mapping[str, tuple[Any, Any]]
    article: str = ""
    annotator: str = ""
    words: str = ""


def label_item(layer: str) -> str:
    """Return the item of the labels of a layer: its name, unless that is the name of another item."""
    return f"layer {layer}" if layer in DATASET_ITEMS else layer


def record_changes(item: str, name: str, old: Values | None, new: Values | None, article: str = "") -> Iterator[Change]:
    """Yield the change between two records with the same name, if there is one.

    Attributes that only one of the two has are not compared, since a published dataset has fewer.
    """
    if old is None or new is None:
        yield Change(item, ADDED if old is None else REMOVED, name, _one_sided_values(old, new), article)
    elif different := {key: (old[key], new[key]) for key in old if key in new and old[key] != new[key]}:
        yield Change(item, CHANGED, name, different, article)


def _one_sided_values(old: Values | None, new: Values | None) -> dict[str, tuple[Any, Any]]:
    return {key: ((old or {}).get(key), (new or {}).get(key)) for key in old or new or {}}


def article_changes(
    old: ArticleState | None, new: ArticleState | None, comparison: LabelComparison
) -> Iterator[Change]:
    """Yield the changes of one article: the article itself, its split and story, its text, and its documents."""
    either = new or old
    if either is None or old == new:
        return
    if old is None or new is None:
        yield from record_changes("articles", either.id, _about(old), _about(new), either.id)
    else:
        yield from _assignment_changes(old, new)
        yield from _text_changes(old, new)
    documents_old, documents_new = (each.documents if each else {} for each in (old, new))
    pair = _ArticlePair(either.id, old.text if old else None, new.text if new else None, comparison)
    for annotator in sorted(documents_old.keys() | documents_new.keys(), key=lambda name: (name != FINAL, name)):
        yield from pair.documents(annotator, documents_old.get(annotator), documents_new.get(annotator))
    if old and new:
        yield from pair.rule_zones(old, new)


def _assignment_changes(old: ArticleState, new: ArticleState) -> Iterator[Change]:
    for item, key in (("splits", "split"), ("stories", "story")):
        if (values := (old.attributes[key], new.attributes[key]))[0] != values[1]:
            yield Change(item, MOVED, old.id, {key: values}, old.id)
    before, after = ({**each.attributes, "split": None, "story": None} for each in (old, new))
    yield from record_changes("articles", old.id, before, after, old.id)


def _about(state: ArticleState | None) -> Values | None:
    return {**state.attributes, "source_sha256": state.sha256} if state else None


def _text_changes(old: ArticleState, new: ArticleState) -> Iterator[Change]:
    """Yield the change of a source text, with the part between what is alike at its start and at its end."""
    if old.sha256 == new.sha256:
        return
    part = {}
    if old.text is not None and new.text is not None:
        start, behind, distance = label_matching.text_difference(old.text, new.text)
        part = {"part": (_excerpt(old.text, start, behind), _excerpt(new.text, start, behind + distance))}
    yield Change("texts", CHANGED, old.id, {"source_sha256": (old.sha256, new.sha256), **part}, old.id)


def _excerpt(text: str, start: int, end: int) -> Values:
    return {"start": start, "end": end, "text": text[start:end]}


@dataclass(frozen=True)
class _ArticlePair:
    """The old and the new text of an article, None if unknown, and how its labels are compared."""

    article: str
    old_text: str | None
    new_text: str | None
    comparison: LabelComparison

    def documents(self, annotator: str, old: Values | None, new: Values | None) -> Iterator[Change]:
        """Yield the changes of one annotator's document and of its labels."""
        layers = self.comparison.layers
        before, after = (document and _document_metadata(document, layers) for document in (old, new))
        for change in record_changes("documents", annotator, before, after, self.article):
            yield change._replace(annotator=annotator)
        old, new = old or {}, new or {}
        ids: dict[str, str] = {}
        pairs = {
            layer: self._pair_labels(layer, document_labels(old, layer), document_labels(new, layer), ids)
            for layer in self.comparison.referenced_first
        }
        for layer in layers:
            if (layer in old) != (layer in new):
                action = ADDED if layer in new else REMOVED
                yield Change("layers", action, layer, {}, self.article, annotator)
            labels, new_labels = document_labels(old, layer), document_labels(new, layer)
            for change in self._label_changes(layer, labels, new_labels, pairs[layer], ids):
                yield change._replace(article=self.article, annotator=annotator)

    def rule_zones(self, old: ArticleState, new: ArticleState) -> Iterator[Change]:
        """Yield the changes of zones that are in no document, if one side came with them or was published with them."""
        if any("zones" in each.documents.get(FINAL, {}) for each in (old, new)) or old.zones is new.zones is None:
            return
        zones, new_zones = (each.zones if each.zones is not None else _rule_zones(each.text) for each in (old, new))
        pairs = self._pair_labels("zones", zones, new_zones, {})
        for change in self._label_changes("zones", zones, new_zones, pairs, {}):
            yield change._replace(article=self.article)

    def _pair_labels(self, layer: str, old: list[Any], new: list[Any], ids: dict[str, str]) -> list[tuple[int, int]]:
        """Return (index in old, index in new) of the labels of a layer that match.

        References are compared by what they refer to: ``ids`` has the new ids of the old labels in layers paired
        before, and the ids of this layer are added to it.
        """
        if not all(map(_is_span, [*old, *new])):
            return [(0, 0)] if len(old) == len(new) == 1 and not _is_span(old[0]) and not _is_span(new[0]) else []
        words = self._span_texts(old, new)
        pairs = label_matching.pair_labels(self._moved([self._renamed(layer, each, ids) for each in old]), new, *words)
        # a reference to a removed label must differ from a reference to any label that exists
        ids |= {label["id"]: "\0" + label["id"] for label in old}
        ids |= {old[left]["id"]: new[right]["id"] for left, right in pairs}
        return pairs

    def _label_changes(
        self, layer: str, old: list[Any], new: list[Any], pairs: list[tuple[int, int]], ids: Mapping[str, str]
    ) -> Iterator[Change]:
        """Yield the changes of a layer's labels in the order of their spans."""
        item = label_item(layer)
        before = [self._renamed(layer, label, ids) for label in old]
        moved, words = self._moved(before), self._span_texts(old, new)
        gone = set(range(len(old))) - {left for left, _ in pairs}
        come = set(range(len(new))) - {right for _, right in pairs}
        found = [(new[j], _paired_change(item, old[i], before[i], new[j], words[1][j])) for i, j in pairs]
        found += [(moved[i], _one_sided_change(item, REMOVED, old[i], words[0][i])) for i in gone]
        found += [(new[j], _one_sided_change(item, ADDED, new[j], words[1][j])) for j in come]
        for _, change in sorted(found, key=lambda each: _position(each[0])):
            if change is not None:
                yield change if change.name else change._replace(name=self.article)

    def _span_texts(self, old: list[Any], new: list[Any]) -> tuple[list[str | None], list[str | None]]:
        return [_span_text(label, self.old_text) for label in old], [_span_text(label, self.new_text) for label in new]

    def _moved(self, labels: list[Any]) -> list[Any]:
        return list(map(label_matching.label_shifter(self.old_text, self.new_text), labels))

    def _renamed(self, layer: str, label: Any, ids: Mapping[str, str]) -> Any:
        """Return an old label with the new names of renamed labels and the new ids of its references."""
        names = {key: self.comparison.renames.get((layer, key), {}) for key in label}
        names |= dict.fromkeys(self.comparison.references[layer], ids)
        return {key: _translated(value, names[key]) for key, value in label.items()}


def _translated(value: Any, names: Mapping[str, str]) -> Any:
    """Return a name, or each name of a list, by the table where it is in it; other values as they are."""
    if isinstance(value, list):
        return [_translated(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _is_span(label: Any) -> bool:
    return "start" in label


def _position(label: Any) -> tuple[int, int, str]:
    return (label["start"], label["end"], label["id"]) if _is_span(label) else (-1, -1, "")


def _span_text(label: Any, text: str | None) -> str | None:
    if not _is_span(label):
        return None
    return text[label["start"] : label["end"]] if text is not None else label.get("text")


def _paired_change(item: str, old: Any, renamed: Any, new: Any, words: str | None) -> Change | None:
    """Return the change between two matched labels, with the values of their documents; None if they are equal."""
    found = {key: (old.get(key), new.get(key)) for key in {**old, **new} if _differs(key, renamed, new)}
    if not found:
        return None
    action = MOVED if {"start", "end"} & found.keys() else RENUMBERED if found.keys() == {"id"} else CHANGED
    return Change(item, action, new.get("id", ""), found, words=words or "")


def _differs(key: str, old: Any, new: Any) -> bool:
    one, other = old.get(key), new.get(key)
    if key == "text" and (key not in old or key not in new):  # a release without texts
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return any(_differs(inner, one, other) for inner in {**one, **other})
    return bool(one != other)


def _one_sided_change(item: str, action: str, label: Any, words: str | None) -> Change:
    values = {key: value for key, value in label.items() if key != "id"}
    found = _one_sided_values(None, values) if action == ADDED else _one_sided_values(values, None)
    return Change(item, action, label.get("id", ""), found, words=words or "")


def _document_metadata(document: Values, layers: Iterable[str]) -> Values:
    """Return the attributes of a document other than its labels, with a separate attribute for each layer's status."""
    status = {f"status.{layer}": state for layer, state in document["status"].items()}
    left_out = (*layers, "article", "text_sha256", "status", "labels")
    return {**{key: value for key, value in document.items() if key not in left_out}, **status}


def _rule_zones(text: str | None) -> list[Any]:
    from pactwire.text import zones  # language identification takes long to load

    return list(zones.detect_zones(text or ""))
