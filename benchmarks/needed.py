"""What a build needs besides the calls of bare.py, for records to be checked, compared and tagged; and nothing else.

Run as ``python needed.py ROOT BUILT``; prints the seconds that it took to decompress the records, to hold them
against their canonical form, their schema and the other checks, and to make signatures of articles, digests of rows,
and tokens with tags, for what was built of ROOT. All had been read before.
"""

import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pactwire.build import data_files, features
from pactwire.corpus import corpus
from pactwire.model.json_schemas import tool_validator
from pactwire.model.schema import AnnotationSchema
from pactwire.storage.row_digest import RowDigest
from pactwire.stories.leak_check import signature_records
from pactwire.text import bio_tags
from pactwire.validation import integrity

LINES = 1000
"""Lines tagged at a time."""


def main(root: Path, built: Path) -> None:
    """Time it."""
    data = corpus.load_corpus(root)
    records = [(each, place) for each in (data.articles.index, data.documents.index) for place in each.locations]
    values = [msgspec.json.decode(each.read_record(place).data) for each, place in records]
    articles = {article["id"]: article for article in data.articles.values()}
    tables = dict(_tables(data.schema, built))
    texts = tables["articles"].select(["id", "text"]).to_pylist()
    types = data.schema.layers["entities"].attribute("type")
    lines = tables["entities"]["text"].to_pylist()
    gc.freeze()  # else the collector looks at the values again and again
    start = time.perf_counter()
    for (each, place), value in zip(records, values, strict=True):
        sound = msgspec.json.encode(value) == each.read_record(place).data
        if "article" in value:
            flaws = integrity.check_document(
                value, articles[value["article"]], (), data.schema, data.links, data.topics
            )
            sound = sound and data.schema.is_valid(value) and not flaws
        else:
            sound = sound and tool_validator("article.schema", "article").is_valid(value)
        if not sound:
            raise ValueError(place)
    for first in range(0, len(texts), data_files.ARTICLES_PER_BATCH):
        signature_records({row["id"]: row["text"] for row in texts[first : first + data_files.ARTICLES_PER_BATCH]})
    for table in tables.values():
        digest = RowDigest()
        for batch in table.to_batches():
            digest.add(batch)
    for first in range(0, len(lines), LINES):
        spans = tables["entities"]["spans"].slice(first, LINES).combine_chunks()
        bio_tags.token_columns(lines[first : first + LINES], spans, types.name, types.label_names, Counter())
    print(time.perf_counter() - start)


def _tables(schema: AnnotationSchema, built: Path) -> Iterator[tuple[str, pa.Table]]:
    """Yield what is published by config."""
    for config in features.configs(schema):
        paths = sorted((built / "data" / config).glob("*.parquet"))
        if paths:
            whole = pa.concat_tables(pq.read_table(path) for path in paths)
            yield config, whole.cast(features.arrow_schema(schema, config)).combine_chunks()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
