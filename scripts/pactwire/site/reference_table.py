"""Labels with several references as table rows: those that refer to the same are together, with what is said there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pactwire.model.layers import Label, RowKind
from pactwire.site.collection import Referent
from pactwire.site.label_views import ArticleLabels, LabelView
from pactwire.site.layer_styles import LayerStyle


@dataclass
class ReferenceRow:
    """Labels with the same references and class.

    ``columns`` are what they refer to, by reference attribute in the schema's order; ``sides`` is the same by the pair
    of the layer, if it has one. ``said`` are the labels of sentences that they overlap or refer to.
    """

    columns: list[list[Referent]]
    sides: list[list[Referent]]
    kind: Label | None
    color: str
    labels: list[LabelView] = field(default_factory=list)
    said: list[LabelView] = field(default_factory=list)


def has_table(style: LayerStyle) -> bool:
    """Say whether a layer's labels are shown by what they refer to, since they have several references."""
    return style.layer.is_span and len(style.layer.references) > 1


def group_by_references(labels: ArticleLabels, style: LayerStyle) -> list[ReferenceRow]:
    """Return a layer's labels in the order of the text, one row for all with the same references and class."""
    said = [
        view
        for views in labels.views.values()
        for view in views
        if view.style.layer.rows == RowKind.SENTENCES and view.style is not style
    ]
    found: dict[tuple[Any, ...], ReferenceRow] = {}
    for view in labels.views[style.layer.name]:
        columns = [view.referents(attribute) for attribute in style.layer.references]
        key = (*(tuple(each.key for each in column) for column in columns), view.kind.name if view.kind else "")
        row = found.setdefault(key, ReferenceRow(columns, _sides(style, view), view.kind, view.color))
        row.labels.append(view)
        targets = {each.label for column in columns for each in column}
        row.said += [
            each for each in said if each not in row.said and (each.id in targets or _overlaps(each, view.label))
        ]
    return list(found.values())


def _sides(style: LayerStyle, view: LabelView) -> list[list[Referent]]:
    return [view.referents(attribute) for attribute in style.layer.pair or ()]


def _overlaps(view: LabelView, label: Any) -> bool:
    """Return whether a label overlaps another or one of its parts."""
    spans: Sequence[Any] = [view.label, *(view.label.get(part.name) for part in view.style.layer.parts)]
    return any(span and span["start"] < label["end"] and label["start"] < span["end"] for span in spans)
