"""Rows of a release without texts to rows of the full release: each text is cut from the source by its offsets."""

from collections.abc import Mapping
from typing import Any, Final

from pactwire.build.articles_rows import article_title
from pactwire.build.record_batches import Row
from pactwire.release.provided_texts import ProvidedText
from pactwire.text import offsets


def fill_article(row: Row, text: ProvidedText, sections: Mapping[str, Any]) -> Row:
    """Return a row of config articles with its texts; ``sections`` is from the manifest of the release."""
    source = text.source_text
    content = offsets.text_of_segments(source, row["segments"])
    place = sections.get(row["id"], [0, 0])
    section = source[place[0] : place[1]] or None if place else text.section
    return {
        **row,
        "title": article_title({**row, "source_text": source}, row["zones"]),  # type: ignore[typeddict-item]
        "section": section,
        "text": content,
        "source_text": source,
        **_fill_layers(row, content),
    }


def fill_row(config: str, row: Row, articles: Mapping[str, Row]) -> Row:
    """Return a row of any config with its texts; ``articles`` are the filled rows of config articles, by id."""
    if config == "articles":
        return articles[row["id"]]
    if config == "claim_pairs":
        return row | {
            f"{side}_text": _party_text(articles[row[f"{side}_article_id"]], row[f"{side}_id"][17:]) for side in "ab"
        }
    article = articles[row["article_id"]]
    if config == "annotations":
        text = offsets.text_of_segments(article["source_text"], row["segments"])
        return row | {"text": text} | _fill_layers(row, text)
    text = article["text"][row["start"] : row["end"]]
    return row | {"text": text} | _ROW_FILLERS[config](row, text, article)


def _fill_layers(row: Row, text: str) -> Row:
    return {layer: _fill_labels(row[layer], text) for layer in ("entities", "claims", "stances")}


def _fill_labels(labels: list[Any] | None, text: str) -> list[Any] | None:
    """Return labels with the texts of their spans and cues; None stays None."""
    return None if labels is None else [_fill_label(label, text) for label in labels]


def _fill_label(label: Any, text: str) -> Any:
    cue = {"cue": _fill_label(label["cue"], text)} if label.get("cue") else {}
    return {**label, "text": text[label["start"] : label["end"]], **cue}


def _fill_entities_row(row: Row, text: str, article: Row) -> Row:
    tokens = [text[token["start"] : token["end"]] for token in row["token_offsets"]]
    return {"tokens": tokens, "spans": _fill_labels(row["spans"], text)}


def _fill_stance_row(row: Row, text: str, article: Row) -> Row:
    stance = next(stance for stance in article["stances"] if stance["id"] == row["id"][17:])
    target = row["target"] if row["target_kind"] == "topic" else _party_text(article, stance["target"])
    return {"holder": _party_text(article, stance["holder"]), "target": target}


def _fill_claims_row(row: Row, text: str, article: Row) -> Row:
    def claimants(claim: Any) -> list[str]:
        return [_party_text(article, party) for party in claim["claimants"]]

    claims = _fill_labels(row["claims"], text) or []
    return {"claims": [claim | {"claimant_names": claimants(claim)} for claim in claims]}


_ROW_FILLERS: Final = {"entities": _fill_entities_row, "stance": _fill_stance_row, "claims": _fill_claims_row}


def _party_text(article: Row, name: str) -> str:
    """Return the text of the entity or claim with this id; AUTHOR and UNNAMED are returned as they are."""
    labels = [*(article["entities"] or []), *(article["claims"] or [])]
    return next((label["text"] for label in labels if label["id"] == name), name)
