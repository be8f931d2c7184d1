"""Lines of many scripts in, where a language model's labels stand, and which were refused, printed as JSON.

Start any server that speaks OpenAI's chat completions on this machine, then
``python benchmarks/grounding.py BASE_URL MODEL [LINES]``; 1,000 lines by default, five in an article. The model may be
as bad as it likes: no label may stand where the model does not say. The lines have emoji, combining marks, repeated
names, carriage returns, and Arabic, Cyrillic, Devanagari, Han, Hangul, Hebrew, Latin and Thai letters.
"""

import json
import random
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any, Final

from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.suggest import grounding
from pactwire.validation import validate

SENTENCES: Final = (
    "Anna Berg meets Anna Berg in Oslo 👩🏽‍🚀, and “Oslo” stays silent.",
    "Президент Іван Коваль прибув до Києва, а Київ мовчить 🇺🇦.",
    "Éloïse Müller à Orléans : « Orléans d’abord », dit Éloïse.",
    "王小明在北京见到王小明，北京很安静。",
    "김민수는 서울에서 서울을 보았다 🏙️.",
    "यात्री राम दिल्ली से दिल्ली लौटे।",
    "التقت ليلى حسن بوزير «القاهرة» في القاهرة.",
    "דנה לוי חזרה לירושלים, וירושלים שותקת.",
    "นายสมชายไปกรุงเทพและกรุงเทพเงียบ",
    "Ba̋lint Ńagy\tdoubts  Ba̋lint’s “word” – 5 times 5 ️⃣.",
)
DECLARATION: Final[Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$ref": "#/$defs/envelope",
    "properties": {
        "names": {
            "title": "Names",
            "description": "Names of people and places.",
            "x-layer": {"label": "name", "prefix": "n", "rows": "tokens", "class": "kind"},
            "type": "array",
            "items": {
                "$ref": "#/$defs/span",
                "required": ["kind"],
                "properties": {
                    "kind": {
                        "title": "Kind",
                        "description": "What is named.",
                        "x-attribute": {"kind": "choice"},
                        "type": "string",
                        "oneOf": [
                            {"const": "PERSON", "title": "Person", "description": "A person."},
                            {"const": "PLACE", "title": "Place", "description": "A place."},
                        ],
                    }
                },
                "unevaluatedProperties": False,
            },
        }
    },
    "unevaluatedProperties": False,
}


def write_dataset(root: Path, lines: int, lines_each: int = 5) -> None:
    """Write a dataset with a number of drawn lines, half of them decomposed (NFD), in files with carriage returns."""
    drawn = random.Random(7)
    (root / "schema").mkdir(parents=True)
    (root / SCHEMA_FILE).write_text(json.dumps(DECLARATION), encoding="utf-8")
    (root / "annotations").mkdir()
    (root / "annotations/GUIDELINES.md").write_text(
        "# Guidelines\n\nVersion 1.0\n\nMark each name.\n", encoding="utf-8"
    )
    pages = root / "pages"
    pages.mkdir()
    for number in range(lines // lines_each):
        chosen = [drawn.choice(SENTENCES) for _ in range(lines_each)]
        chosen = [unicodedata.normalize(drawn.choice(("NFC", "NFD")), f"{line} {number}") for line in chosen]
        (pages / f"{number:04}.txt").write_bytes("\r\n".join(chosen).encode())
    for words in (("init",), ("ingest", "pages"), ("stories", "--write")):
        run_pactwire(root, *words)


def run_pactwire(root: Path, *words: str) -> str:
    """Run a command in the folder of a dataset, and return what it prints; problems of single articles are no error."""
    code = "from pactwire.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=root, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def measure_labels(root: Path) -> dict[str, int]:
    """Return how many labels were drafted, and how many of them stand where their words do not."""
    data = corpus.load_corpus(root)
    counts = {"articles": len(data.documents), "labels": 0, "elsewhere": 0}
    for placed in data.documents:
        source = data.articles[placed.document["article"]]["source_text"]
        for label in placed.document["names"]:  # type: ignore[typeddict-item]
            counts["labels"] += 1
            stands = source[label["start"] : label["end"]] == label["text"] and "\n" not in label["text"]
            counts["elsewhere"] += not stands or not grounding.level(label["text"])
    return counts


def main() -> None:
    """Draft all lines with the model, and print what came of it."""
    address, model, *more = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_dataset(root, int(more[0]) if more else 1000)
        said = run_pactwire(root, "suggest", "--model", f"openai:{model}", "--base-url", address, "--format", "json")
        problems = [issue.text() for issue in validate.validate_dataset(root)]
        print(json.dumps({**measure_labels(root), "issues": problems, "said": said.splitlines()}, ensure_ascii=False))


if __name__ == "__main__":
    main()
