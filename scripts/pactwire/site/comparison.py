"""The documents of one article side by side: what each annotator has, and in what they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.corpus.corpus import FINAL
from pactwire.model.layers import AttributeKind
from pactwire.model.records import Document
from pactwire.site.collection import PREDICTIONS
from pactwire.site.document_places import DocumentPlaces, Place, document_places
from pactwire.site.label_views import ArticleLabels, LabelView
from pactwire.site.layer_styles import LayerStyle

MAX_ANNOTATORS: Final = 25
"""Annotators that are shown beside the final document; of more, the first by name."""


class Side(NamedTuple):
    """What one document has: a label or zones, empty if nothing; ``place`` is where, None if it is in no file."""

    view: LabelView | None
    zones: list[Mapping[str, Any]]
    place: Place | None


class Reason(NamedTuple):
    """In what labels differ: ``missing`` (of predictions, which of the two has it), ``span``, or an attribute's title.

    It ``is_free`` if the attribute is free text that agreement does not compare.
    """

    title: str
    is_free: bool = False


ONLY_PREDICTED: Final = Reason("only predicted")
"""The difference of a prediction where the final document has nothing."""


@dataclass(frozen=True)
class ComparisonRow:
    """Labels of several documents that belong together, or the zones of one stretch of text.

    Attributes:
        id: its id in the page of the article.
        style: how the layer is shown; None for zones.
        start: the first code point that any of them covers; 0 for a label of the whole article.
        end: the end of what they cover, exclusive; 0 for a label of the whole article.
        fields: the names of the fields in which they differ, ``span`` for their places; empty if they are equal.
        holders: the annotators whose documents have something there.
        missing: the annotators whose documents have the layer, and nothing there.
        final: the label of the final document, if it has one; zones have none.
        sides: what each of the holders has; empty if the row is not shown.
    """

    id: str
    style: LayerStyle | None
    start: int
    end: int
    fields: list[str]
    holders: list[str]
    missing: list[str]
    final: LabelView | None
    sides: dict[str, Side]

    @property
    def is_shown(self) -> bool:
        """Whether a page lists it: where documents differ, and what the final document does not show."""
        return bool(self.fields) or FINAL not in (*self.holders, *self.missing)

    @property
    def view(self) -> LabelView:
        """The label of the final document, or else of the first that has one; zones have none."""
        return self.final or next(side.view for side in self.sides.values() if side.view)

    @property
    def reasons(self) -> list[Reason]:
        """In what they differ."""
        if self.missing and self.fields:
            return [self._absence]
        found = []
        for name in self.fields:
            attribute = self.style.layer.attribute(name) if self.style and name != "span" else None
            is_free = attribute is not None and attribute.kind == AttributeKind.TEXT and not attribute.is_compared
            found.append(Reason(attribute.title if attribute else name, is_free))
        return found

    @property
    def is_of_predictions(self) -> bool:
        """Whether it compares predictions with the final document, rather than annotators with each other."""
        return PREDICTIONS in (*self.holders, *self.missing)

    @property
    def _absence(self) -> Reason:
        """How to say that a document has nothing there: of annotators nobody is right, of predictions the final is."""
        if not self.is_of_predictions:
            return Reason("missing")
        return ONLY_PREDICTED if PREDICTIONS in self.holders else Reason("not predicted")

    @property
    def is_difference(self) -> bool:
        """Whether they differ in more than free text."""
        return not all(reason.is_free for reason in self.reasons)


class Comparison(NamedTuple):
    """The documents of an article by annotator, ``final`` last, with their places if known, and their labels."""

    annotators: dict[str, DocumentPlaces | None]
    rows: list[ComparisonRow]

    @property
    def title(self) -> str:
        """The heading of the comparison."""
        return "Predictions and final labels" if PREDICTIONS in self.annotators else "Annotators side by side"

    @property
    def differences(self) -> list[ComparisonRow]:
        """The rows in which documents differ in more than free text."""
        return [row for row in self.rows if row.is_difference]

    @property
    def shown(self) -> list[ComparisonRow]:
        """The rows that a page lists: first those that differ in more than free text."""
        return sorted((row for row in self.rows if row.is_shown), key=lambda row: not row.is_difference)


def compare_documents(labels: ArticleLabels) -> Comparison:
    """Return the labels of all documents of an article's text, unless the final one is alone.

    Each layer is compared among the documents that have it.

    Args:
        labels: Those of the article's final document.
    """
    entry = labels.entry
    digest = entry.article["source_sha256"]
    found = {name: each for name, each in entry.documents if each["text_sha256"] == digest}
    if not found:
        return Comparison({}, [])
    documents = dict(list(found.items())[:MAX_ANNOTATORS]) | ({FINAL: entry.final} if entry.final else {})
    compared = _Documents(labels, documents)
    return Comparison({name: compared.places.get(name) for name in documents}, list(compared.rows()))


class _Documents:
    def __init__(self, final: ArticleLabels, documents: Mapping[str, Document]) -> None:
        self.collection, self.entry, self.documents = final.collection, final.entry, documents
        self.places = document_places(self.collection.data, self.entry.article["id"], self.collection.up)
        self.labels = {
            name: final if name == FINAL else ArticleLabels(final.collection, replace(final.entry, final=each), False)
            for name, each in documents.items()
        }
        self.final_views = {id(view.label): view for views in final.views.values() for view in views}

    def rows(self) -> Iterator[ComparisonRow]:
        """Yield the rows in the order of layers and of the text."""
        schema = self.collection.data.schema
        alignments: dict[tuple[str, ...], ArticleAlignment] = {}
        count = 0
        for layer in schema.layer_names:
            names = tuple(name for name, document in self.documents.items() if layer in document)
            if not names or names == (FINAL,):
                continue
            if names not in alignments:
                own = {name: self.documents[name] for name in names}
                comparable = ComparableArticle(schema, self.entry.article, self.entry.zones, own)
                alignments[names] = ArticleAlignment(comparable, names)
            for group in alignments[names].groups:
                if group.layer == layer:
                    count += 1
                    yield self._row(f"row-{count}", alignments[names], group)

    def _row(self, row_id: str, alignment: ArticleAlignment, group: LabelGroup) -> ComparisonRow:
        members = {name: group.members.get(letter) for letter, name in alignment.inputs.items()}
        unstated = self.collection.unpredicted.get(group.layer, frozenset())
        row = ComparisonRow(
            id=row_id,
            style=self.collection.styles.get(group.layer),
            start=group.start,
            end=group.end,
            fields=[name for name in group.differing_fields if name not in unstated],
            holders=[name for name, member in members.items() if member],
            missing=[name for name, member in members.items() if not member],
            final=self.final_views.get(id(members.get(FINAL))),
            sides={},
        )
        if row.is_shown:
            row.sides.update((name, self._side(row.style, name, members[name])) for name in row.holders)
        return row

    def _side(self, style: LayerStyle | None, name: str, member: Any) -> Side:
        """Return what a document has: a label with a style, or a list of zones."""
        places = self.places.get(name)
        first: Mapping[str, Any] = member if style else member[0]
        place = places.place(first.get("id", "")) if places else None
        return Side(self.labels[name].view(style, member) if style else None, [] if style else member, place)
