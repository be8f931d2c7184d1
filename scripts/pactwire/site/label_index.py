"""The index of labels: a row for each label of each article, in parts that a page searches, filters and groups.

A part is a script that only assigns data, since a page that is opened from disk can load nothing but scripts. Texts
that recur stand once in a table, and rows have their numbers: a search compares each text once, and rows by number.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from pactwire.build.article_context import ArticleContext
from pactwire.corpus.corpus import FINAL
from pactwire.model import strict_json
from pactwire.site.collection import Collection
from pactwire.site.comparison import ONLY_PREDICTED, Comparison, ComparisonRow, Reason
from pactwire.site.label_filters import filter_values, label_values
from pactwire.site.label_views import ArticleLabels, LabelView

PART_SIZE: Final = 20_000
"""Labels after which a part ends, with the article in which they are."""

CONTEXT_LENGTH: Final = 36
"""Code points of a line that are shown before and after a name."""

NOT_FINAL: Final = Reason("not in final")
"""The difference of a label that the final document lacks."""

COLUMNS: Final = ("article", "label", "kind", "word", "mean", "name", "before", "after")
"""The columns of a part: numbers of tables, and texts."""


class Table(dict[Any, int]):
    """Values with their numbers, in the order in which they came."""

    def number(self, value: Any) -> int:
        """Return the number of a value, after adding it if it is new."""
        return self.setdefault(value, len(self))


class _Part:
    """Rows of some articles, and the tables that they alone use."""

    def __init__(self) -> None:
        self.articles, self.words, self.means = Table(), Table(), Table()
        self.rows: list[tuple[Any, ...]] = []

    def script(self) -> str:
        """Return the script with the tables and the columns; the texts of a column are the lines of one string."""
        value: dict[str, Any] = {"articles": [*self.articles], "words": [*self.words], "means": [*self.means]}
        for name, *column in zip(COLUMNS, *self.rows, strict=True):
            value[name] = "\n".join(column) if name in ("label", "before", "after") else column
        return f"(globalThis.pactwireParts ??= []).push({strict_json.compact(value)});\n"


class LabelIndex:
    """Collects the labels of articles.

    Attributes:
        values: what labels can be filtered by; the place of each is its number in ``kinds``.
        kinds: what rows have in common: layer, values, makers and differences, all by number.
        makers: who made or confirmed labels, or has them in a document.
        reasons: the differences between documents.
        counts: the number of rows by value.
        differences: the number of differences by article.
        sizes: the number of rows of each part so far.
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.layers = list(collection.styles)
        self.values = filter_values(collection.styles)
        self.kinds, self.makers, self.reasons, self.names = Table(), Table(), Table(), Table()
        self.counts: Counter[int] = Counter()
        self.differences: Counter[str] = Counter()
        self.sizes: list[int] = []
        self._codes = {key: code for code, key in enumerate(self.values)}
        self._part = _Part()

    def add(self, labels: ArticleLabels, comparison: Comparison) -> None:
        """Add the labels of an article: those of its final document, and those that only annotators have."""
        entry = labels.entry
        head = self.collection.heads[entry.article["id"]]
        article = self._part.articles.number((head.id, head.title, head.language))
        compared = {(row.style.name, row.final.id): row for row in comparison.rows if row.style and row.final}
        for views in labels.views.values():
            for view in views:
                anchor = f"#at-{view.id}" if view.style.layer.is_span else f"#about-{view.style.name}"
                self._add_row(entry, article, view, compared.get((view.style.name, view.id)), anchor)
        for row in comparison.rows:
            if row.style and not row.final:
                self._add_row(entry, article, row.view, row, f"#{row.id}")
        self.differences[head.id] = len(comparison.differences)

    def _add_row(
        self, entry: ArticleContext, article: int, view: LabelView, compared: ComparisonRow | None, anchor: str
    ) -> None:
        codes = [self._codes[key] for key in label_values(view.style, view.label)]
        self.counts.update(codes)
        reasons = compared.reasons if compared else []
        if compared and not compared.final and ONLY_PREDICTED not in reasons:  # which says it
            reasons = [*reasons, NOT_FINAL]
        holders = [name for name in compared.holders if name != FINAL] if compared else []
        makers = dict.fromkeys([*view.label["by"], *holders])
        kind = (
            self.layers.index(view.style.layer.name),
            tuple(codes),
            tuple(self.makers.number(name) for name in makers),
            tuple(self.reasons.number(reason) for reason in reasons),
        )
        text = entry.article["source_text"]
        before, after = context(text, view.label["start"], view.label["end"]) if view.style.is_inline else ("", "")
        self._part.rows.append((
            article, anchor, self.kinds.number(kind), self._part.words.number(one_line(view.label.get("text", ""))),
            self._part.means.number(meaning(view)), self._name(view), before, after,
        ))  # fmt: skip

    def _name(self, view: LabelView) -> int:
        """Return the number of the link of a name, with what it links to; -1 without a link."""
        link = view.style.layer.referent_link(view.label) if view.style.is_inline else None
        return self.names.number((link, self.collection.link_name(link))) if link else -1

    def parts(self, at_end: bool = False) -> Iterator[tuple[str, str]]:
        """Yield the file and the script of the present part once it is full, or at the end."""
        size = len(self._part.rows)
        if size >= PART_SIZE or (at_end and size):
            yield f"data/labels-{len(self.sizes)}.js", self._part.script()
            self.sizes.append(size)
            self._part = _Part()

    def tables(self) -> str:
        """Return the script with the tables that all parts use."""
        value = {
            "layers": [[style.layer.title, style.is_inline] for style in self.collection.styles.values()],
            "values": [*self.values.values()], "kinds": [*self.kinds], "makers": [*self.makers],
            "reasons": [*self.reasons], "names": [*self.names],
        }  # fmt: skip
        return f"globalThis.pactwireTables = {strict_json.compact(value)};\n"


def meaning(view: LabelView) -> str:
    """Return what a passage says besides its words: what it refers to, and its main text; empty for a name."""
    sides = " → ".join(", ".join(each.name for each in side) or "–" for side in view.sides)
    return ": ".join(filter(None, [sides, one_line(view.text)]))


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the words of the line before and after a span, at most CONTEXT_LENGTH of either, with … if they go on."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    before, after = text[line_start:start], text[end : line_end if line_end >= 0 else len(text)]
    if len(before) > CONTEXT_LENGTH:
        part, space, words = before[-CONTEXT_LENGTH:].partition(" ")
        before = "…" + (words if space else part)
    if len(after) > CONTEXT_LENGTH:
        words, space, part = after[:CONTEXT_LENGTH].rpartition(" ")
        after = (words if space else part) + "…"
    return one_line(before), one_line(after)


def one_line(text: str) -> str:
    """Return text with each line end, of any kind, as a space."""
    return " ".join(text.splitlines())
