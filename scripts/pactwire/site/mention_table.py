"""The names of an article: a row for each thing that is named, and a tooltip for each kind of mention."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pactwire.model.layers import Attribute, Label
from pactwire.site.collection import Collection, Referent
from pactwire.site.label_views import ArticleLabels, Detail, LabelView, Value


class Wording(NamedTuple):
    """Words that name something, the values that their mentions have in common, and how many there are."""

    text: str
    chips: list[Value]
    details: list[Detail]
    times: int


@dataclass
class NameRow:
    """A person or thing that is named, with its mentions in the order of the text."""

    key: str
    referent: Referent
    kind: Label | None
    color: str
    link: Value | None
    mentions: list[LabelView] = field(default_factory=list)

    @property
    def wordings(self) -> list[Wording]:
        """The words of the mentions, those with the same text and values once; what goes without saying is left out."""
        shown: dict[str, Wording] = {}
        counts: Counter[str] = Counter()
        for view in self.mentions:
            chips = [chip for chip in view.chips if not chip.usual]
            details = [detail for detail in view.details if [value.text for value in detail.values] != [self._link]]
            key = repr((view.label["text"], chips, [(each.values, each.referents) for each in details]))
            shown.setdefault(key, Wording(view.label["text"], chips, details, 0))
            counts[key] += 1
        return [wording._replace(times=counts[key]) for key, wording in shown.items()]

    @property
    def _link(self) -> str:
        return self.link.text if self.link else ""

    @property
    def makers(self) -> list[str]:
        """The ids of all who made one of the mentions."""
        return list(dict.fromkeys(name for view in self.mentions for name in view.label["by"]))


class Tooltip(NamedTuple):
    """The tooltip of mentions with the same values; ``means`` is what they mean if that is not what they name."""

    key: str
    name: str
    means: str
    view: LabelView


class MentionTable:
    """The rows and tooltips of all layers of names in an article; ``row_of`` and ``tip_of`` are by label."""

    def __init__(self, collection: Collection, labels: ArticleLabels) -> None:
        self.rows: dict[str, list[NameRow]] = {}
        self.tips: dict[str, Tooltip] = {}
        self.row_of: dict[str, str] = {}
        self.tip_of: dict[str, str] = {}
        for name, style in collection.styles.items():
            if style.is_inline:
                self.rows[name] = self._group(labels, labels.views[name])
                for view in labels.views[name]:
                    self.tip_of[view.id] = self._tip(collection, view)

    def _group(self, labels: ArticleLabels, views: Sequence[LabelView]) -> list[NameRow]:
        found: dict[tuple[str, str], NameRow] = {}
        for view in views:
            referent = labels.referents[view.id]
            key = (referent.key, view.kind.name if view.kind else "")
            if key not in found:
                place = f"name-{sum(map(len, self.rows.values())) + len(found)}"
                attribute = view.style.layer.referent_attribute(view.label)
                link = _link_value(attribute, view) if attribute else None
                found[key] = NameRow(place, referent, view.kind, view.color, link)
            found[key].mentions.append(view)
            self.row_of[view.id] = found[key].key
        return list(found.values())

    def _tip(self, collection: Collection, view: LabelView) -> str:
        layer, label = view.style.layer, view.label
        link = next((label[each.name] for each in layer.links[:1] if label.get(each.name)), None)
        values = [label.get(attribute.name) for attribute in layer.attributes]
        key = repr((layer.name, values, label["by"], None if link else label["text"]))
        if key not in self.tips:
            meant = layer.referent_link(label)
            means = collection.link_name(meant) if meant and meant != link else ""
            name = collection.link_name(link) if link else label["text"]
            self.tips[key] = Tooltip(f"tip-{len(self.tips)}", name, means, view)
        return self.tips[key].key


def _link_value(attribute: Attribute, view: LabelView) -> Value:
    link = view.label[attribute.name]
    return Value(link, "", attribute.link_address(link))
