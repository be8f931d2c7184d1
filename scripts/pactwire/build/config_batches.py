"""Record batches of articles for every config but ``claim_pairs``, whose rows need the articles of a whole shard."""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from pactwire.build.annotations_rows import annotations_batch
from pactwire.build.article_context import ArticleContext
from pactwire.build.articles_rows import articles_batch
from pactwire.build.claims_rows import claims_batch
from pactwire.build.entities_rows import entities_batch
from pactwire.build.record_batches import ArticleBatch
from pactwire.build.stance_rows import stance_batch


def article_batches(contexts: Sequence[ArticleContext], losses: Counter[str]) -> dict[str, pa.RecordBatch]:
    """Return the rows of articles by config, in the order of the articles; configs without rows are left out.

    Labels that a config can't hold are counted in ``losses``.
    """
    articles = ArticleBatch(contexts)
    batches = {
        "articles": articles_batch(articles),
        "entities": entities_batch(articles, losses),
        "stance": stance_batch(articles),
        "claims": claims_batch(articles),
    }
    if any(context.documents for context in contexts):
        batches["annotations"] = annotations_batch(articles)
    return {config: batch for config, batch in batches.items() if batch.num_rows}
