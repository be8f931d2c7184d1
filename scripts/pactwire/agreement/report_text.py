"""An agreement report as Markdown and as plain text."""

from collections.abc import Sequence
from typing import Final

from pactwire.agreement.agreement_report import FigureRow, Report
from pactwire.agreement.disagreements import Disagreement
from pactwire.agreement.measure_list import measure_titles
from pactwire.model.escapes import terminal_line
from pactwire.model.schema import AnnotationSchema
from pactwire.storage.generated_blocks import markdown_table

HEADER: Final = ("layer", "what", "figure", "value", "95 % interval", "A", "B", "both")


def figures_table(schema: AnnotationSchema, rows: Sequence[FigureRow]) -> str:
    """Return a Markdown table of figures."""
    return markdown_table(HEADER, [_figure_cells(schema, row) for row in rows])


def _figure_cells(schema: AnnotationSchema, row: FigureRow) -> tuple[str, ...]:
    title = measure_titles(schema)[row["layer"], row["measure"]] + (f": {row['label']}" if row["label"] else "")
    value = f"{row['value']:.2f}" if row["value"] is not None else f"undefined: {row['why']}"
    interval = f"{row['low']:.2f} to {row['high']:.2f}" if row["low"] is not None else ""
    return row["layer"], title, row["figure"], value, interval, *(f"{row[key]:,}" for key in ("a", "b", "matched"))


def summary_notes(schema: AnnotationSchema, report: Report) -> list[str]:
    """Return sentences on what the figures cover and what is left out."""
    notes = [
        f"Annotators: {', '.join(report['annotators'])}. Articles: {len(report['articles'])}.",
        f"Intervals: {report['resamples']:,} bootstrap samples of lines, seed {report['seed']}.",
    ]
    if len(report["pairs"]) > 1:
        notes.append(f"Figures are means over {len(report['pairs'])} pairs, counts their sums; alpha is over all.")
    for layer in schema.layer_names:
        missing = [f"{row['annotator']} {row['article']}" for row in report["not_annotated"] if row["layer"] == layer]
        if missing:
            notes.append(f"Not annotated, so left out: {layer} ({', '.join(missing)}).")
    return notes + not_compared_notes(report)


def not_compared_notes(report: Report) -> list[str]:
    """Return a sentence on the annotators and articles that were not compared, if there are any."""
    return [f"Not compared: {'; '.join(report['not_compared'])}."] if report["not_compared"] else []


def markdown_page(schema: AnnotationSchema, report: Report) -> str:
    """Return notes, figures and disagreements as a Markdown page."""
    parts = ["# Agreement", *summary_notes(schema, report), figures_table(schema, report["rows"])]
    if len(report["pairs"]) > 1:
        for pair in report["pairs"]:
            parts += [f"## {' and '.join(pair['annotators'])}", figures_table(schema, pair["rows"])]
    parts.append(f"## Disagreements ({len(report['disagreements'])})")
    header = ("article", "layer", "field", "place", "text", "annotators", "A has", "B has")
    parts.append(markdown_table(header, [_disagreement_cells(row) for row in report["disagreements"]]))
    return "\n\n".join(parts) + "\n"


def plain_text(schema: AnnotationSchema, report: Report) -> str:
    """Return notes, figures and disagreements for a terminal: aligned columns, then a block for each disagreement."""
    parts = ["\n".join(summary_notes(schema, report)), _aligned_table(schema, report["rows"])]
    if len(report["pairs"]) > 1:
        parts += [
            f"{' and '.join(pair['annotators'])}\n{_aligned_table(schema, pair['rows'])}" for pair in report["pairs"]
        ]
    parts.append(f"Disagreements: {len(report['disagreements'])}")
    for row in report["disagreements"]:
        article, layer, field, place, words, _, a, b = map(terminal_line, _disagreement_cells(row))
        one, other = row["annotators"]
        where = f" {place}: {words}" if place else ""
        parts.append(f"{article} {layer} {field}{where}\n  {one}: {a}\n  {other}: {b}")
    return "\n\n".join(parts) + "\n"


def _disagreement_cells(row: Disagreement) -> list[str]:
    """Return what a report shows of a disagreement; a label of a whole article has no place."""
    place = f"{row['start']}:{row['end']}" if row["end"] else ""
    names = ", ".join(row["annotators"])
    cells = row["article"], row["layer"], row["field"], place, row["text"], names, row["a"] or "–", row["b"] or "–"
    return [cell.replace("\n", " ") for cell in cells]


def _aligned_table(schema: AnnotationSchema, rows: Sequence[FigureRow]) -> str:
    """Return figures in columns of equal width; the last three are numbers, aligned right."""
    lines = [HEADER, *(_figure_cells(schema, row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    numbers = len(HEADER) - 3
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < numbers else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        for cells in lines
    )
