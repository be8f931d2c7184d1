"""The final documents that adjudication writes: where they are, and what would be lost by replacing one."""

from collections.abc import Iterator, Sequence

from pactwire.agreement.merging import MergedDocument
from pactwire.corpus import documents, rounds
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.tables import ANNOTATIONS
from pactwire.model.issues import Issue
from pactwire.model.records import Document, Status, status_rank


def final_path(article: str) -> str:
    """Return the name of the final document of an article."""
    return f"{ANNOTATIONS}/{FINAL}/{article}.json"


def overwrite_issues(data: Corpus, merged: Sequence[MergedDocument], annotators: Sequence[str]) -> Iterator[Issue]:
    """Yield an issue for each present final document that would be lost (final-at-risk).

    It may be replaced if it is an adjudication of the same annotators or the first of them, or if a closed round has it
    too.
    """
    earlier = documents.load_earlier_documents(data.root, data.schema, [])
    for each in merged:
        article = each.document["article"]
        name = final_path(article)
        old = data.final_document(article)
        if old is None:
            if (data.root / name).is_file():
                message = "the present document cannot be read and would be overwritten"
                yield Issue(name, 1, "final-at-risk", message, article)
        elif not any(_is_final(kept.annotator) and kept.document == old for kept in earlier.of_article(article)):
            yield from _lost_work(data, name, old, each, annotators)


def _is_final(folder: str) -> bool:
    return rounds.annotator_of(folder) == FINAL


def _lost_work(
    data: Corpus, name: str, old: Document, merged: MergedDocument, annotators: Sequence[str]
) -> Iterator[Issue]:
    """Yield an issue where a final document is more than an adjudication of these annotators, with its reviews."""
    new, reviewed = merged.document, {review.layer for review in merged.reviews}
    inputs = [source.partition("@")[0] for source in old["derived_from"]]
    lost = [layer for layer in data.schema.layer_names if layer in old and layer not in new]
    others = {
        status
        for layer, status in old["status"].items()
        if layer not in reviewed and status_rank(status) > status_rank(new["status"].get(layer, Status.ADJUDICATED))
    }
    if not inputs or inputs != list(annotators[: len(inputs)]):
        derived = f"is derived from {', '.join(inputs)}" if inputs else "is not derived from any other"
        message = f"the present document {derived} and would be overwritten"
        if inputs and set(inputs) <= set(annotators):
            message += f"; name {', '.join(inputs)} first"
    elif others:
        message = f"a layer of the present document is already {', '.join(sorted(others))}"
    elif lost:
        message = f"the present document has layers that would be lost: {', '.join(sorted(lost))}"
    else:
        return
    yield Issue(name, 1, "final-at-risk", message, old["article"])
