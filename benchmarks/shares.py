"""Where the time of an action goes, by samples of its stack: parts are known by a function that they run in.

The interpreter hands a signal over between two of its instructions, so that what a call into C takes is counted for
the function that calls it; a sample counts for all the time since the last one, which such a call may have taken.
"""

import signal
from collections import Counter
from collections.abc import Callable
from time import process_time_ns
from types import FrameType
from typing import Any, Final

PARTS: Final = {
    ("pactwire.storage.record_index", "build_index"): "finding records",
    ("pactwire.storage.jsonl", "read_values"): "decompressing",
    ("pactwire.model.strict_json", "parse"): "parsing JSON",
    ("pactwire.model.json_schemas", "is_valid"): "JSON Schema",
    ("pactwire.validation.integrity", "check_document"): "other checks",
    ("pactwire.stories.leak_check", "signature_records"): "signatures of near copies",
    ("pactwire.text.sentences", "sentence_spans"): "splitting sentences",
    ("pactwire.text.bio_tags", "token_columns"): "tokens and tags",
    ("pactwire.build.config_batches", "article_batches"): "rows of articles and labels",
    ("pactwire.build.span_columns", "__init__"): "labels to Arrow, and moved",
    ("pactwire.build.span_columns", "lists_within"): "labels to Arrow, and moved",
    ("pactwire.build.cluster_pairs", "cluster_pair_rows"): "rows of pairs of claims",
    ("pactwire.build.record_batches", "rows_to_batch"): "Python values to Arrow",
    ("pactwire.storage.row_digest", "add"): "digests of rows",
    ("pyarrow.parquet.core", "write_table"): "Parquet",
}
"""Names of parts by module and function; the innermost counts."""
REST: Final = "all else"
EVERY: Final = 0.002
"""Seconds of processor time between two samples."""


def shares(action: Callable[[], object]) -> dict[str, float]:
    """Return the share of each part in the processor time of an action, the greatest first."""
    found: Counter[str] = Counter()
    last = start = process_time_ns()

    def sample(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now = process_time_ns()
        found[_part(frame)] += now - last
        last = now

    before: Any = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        action()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return {part: taken / (last - start) for part, taken in found.most_common()}


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        if part := PARTS.get((frame.f_globals.get("__name__", ""), frame.f_code.co_name)):
            return part
        frame = frame.f_back
    return REST
