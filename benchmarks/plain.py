"""The script a user would write instead: articles through datasets.map, lingua, pysbd and jsonschema to Parquet.

Run as ``python plain.py ROOT NUMBER``; prints the seconds that NUMBER articles took, libraries loaded before.
"""

import hashlib
import json
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import pysbd
from datasets import Dataset, disable_progress_bars
from lingua import Language, LanguageDetectorBuilder

from pactwire.corpus import schema_file
from pactwire.storage import jsonl

CHECKOUT = Path(__file__).parents[1]
LANGUAGES = (Language.BULGARIAN, Language.UKRAINIAN, Language.RUSSIAN, Language.FRENCH, Language.ENGLISH)


def main(root: Path, number: int) -> None:
    """Time it."""
    disable_progress_bars()
    detector = LanguageDetectorBuilder.from_languages(*LANGUAGES).build()
    segmenter = pysbd.Segmenter(language="en", clean=False)
    validator = jsonschema.Draft202012Validator(schema_file.read_schema(CHECKOUT).declaration)

    def row(article: dict[str, Any]) -> dict[str, Any]:
        document = json.loads(article["document"])
        validator.validate(document)
        lines = [line for line in article["text"].split("\n") if line.strip()]
        return {
            "sha256": hashlib.sha256(article["text"].encode()).hexdigest(),
            "languages": [str(detector.detect_language_of(line)) for line in lines],
            "sentences": [sentence for line in lines for sentence in segmenter.segment(line)],
            "entities": [each["text"] for each in document["entities"]],
        }

    start = time.perf_counter()
    articles = islice(_lines(root / "dataset" / "raw"), number)
    documents = islice(_lines(root / "annotations" / "final"), number)
    rows = [
        {"text": article["text"], "document": json.dumps(document)}
        for article, document in zip(articles, documents, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        Dataset.from_list(rows).map(row).to_parquet(f"{folder}/plain.parquet")
    print(time.perf_counter() - start)


def _lines(folder: Path) -> Any:
    for path in sorted(folder.glob("*.jsonl.zst")):
        for line in jsonl.read_lines(path, path.name):
            yield json.loads(line.data or b"")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
