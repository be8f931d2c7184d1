"""Lines of many scripts in, where a language model's labels stand, and which were refused, printed as JSON.

Start any server that speaks OpenAI's chat completions on this machine, then
``python benchmarks/grounding.py BASE_URL MODEL FOLDER [LINES]``; 1,000 lines by default, five in an article. The folder
is made, and a run that was stopped goes on in it. The model may be as bad as it likes: no label may stand where the
answer does not say, and none that stands there may be refused for its place. Both are checked by a search that tries
every span of a line. The lines have emoji, combining marks, repeated names and carriage returns, and half of them are
decomposed (NFD).
"""

import json
import random
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import regex

from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model.new_document import new_document
from pactwire.suggest import prompt
from pactwire.suggest.endpoint import Endpoint
from pactwire.suggest.replies import ReplyCache
from pactwire.validation import validate

LINES_EACH: Final = 5
SENTENCES: Final = (
    ("{0} in {1} 👩🏽‍🚀: “{1}”.", "Anna Berg|Jonas Falk|Mia O’Neill", "Oslo|Lund|Saint-Malo"),
    ("{0}: {1} і {1} 🇺🇦.", "Іван Коваль|Марко Їжак", "Київ|Львів|Харків"),
    ("{0} à {1} : « {1} ».", "Éloïse Müller|Zoé Lefèvre", "Orléans|Besançon"),
    ("{0}在{1}，{1}很安静。", "王小明|李娜", "北京|上海"),
    ("{0}: {1}와 {1} 🏙️.", "김민수|박지영", "제주|경주"),
    ("{0} {1} से {1} लौटे।", "राम|मोहन", "दिल्ली|मुंबई"),
    ("{0} في «{1}»، {1}.", "ليلى حسن|هدى ناصر", "القاهرة|بغداد"),
    ("{0}: {1}, {1} שותקת.", "דנה לוי|רותי כהן", "חיפה|ירושלים"),
    ("{0}ไป{1}และ{1}", "สมชาย|มาลี", "กรุงเทพ|เชียงใหม่"),
    ("{0}\tat  “{1}” – 5 ️⃣ {1}.", "Ba̋lint Ńagy|Ő. Ẽrdős", "Győr|Ñew Y̌ork"),
    ("{0} {1} থেকে {1}।", "রহিম|করিম", "ঢাকা|খুলনা"),
    ("{0}: „{1}“, {1}.", "ნინო|გია", "ბათუმი|ქუთაისი"),
    ("{0} ከ{1} ወደ {1}።", "አበበ|ከበደ", "ጎንደር|ሐረር"),
    ("{0}: «{1}», {1}.", "Νίκος|Άρης", "Πάτρα|Βόλος"),
)
"""Sentences with a person {0} and a place {1}, and who and what is drawn for them."""
EXAMPLES: Final = (
    "[PERSON Lina Roth] leaves Bern 🚲, and Bern sleeps.\nЖурналіст Петро Бойко їде в Луцьк.\n"
    "陈伟回到广州，广州下雨。\nوصلت سلمى عمر إلى طنجة.\nΗ Νίνα μένει στη Λαμία, στη [PLACE Λαμία].",
    "Zoë Klein à Metz : « Metz » 🎈.\n[PERSON 이수진] 기자는 진주에 있다.\nसीता [PLACE पटना] लौटीं।\n"
    "ნანა წერს: „თელავი“.\nልዕልት ወደ አክሱም ሄደች።",
)
"""Labeled articles of the prompt; no name of theirs is in the lines."""
LABEL: Final = re.compile(r"\[(PERSON|PLACE) (.+?)\]")
QUOTATION_MARKS: Final = re.compile("[\"'«»\u2018-\u201f‹›⹂「-』〝-〟﹁-﹄＂＇｢｣]")
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


class Given(NamedTuple):
    """A label as the model gives it, and the source's characters that it means; None if it stands nowhere."""

    script: str
    kind: Any
    span: tuple[int, int] | None


def write_dataset(root: Path, lines: int) -> None:
    """Write a dataset with a number of drawn lines, with carriage returns, and two labeled articles."""
    drawn = random.Random(7)
    for name in ("schema", "annotations", "dataset/raw"):
        (root / name).mkdir(parents=True)
    (root / SCHEMA_FILE).write_text(json.dumps(DECLARATION), encoding="utf-8")
    (root / "annotations/GUIDELINES.md").write_text(
        "# Guidelines\n\nVersion 1.0\n\nMark two names.\n", encoding="utf-8"
    )
    texts = [LABEL.sub(r"\2", example) for example in EXAMPLES]
    for _ in range(lines // LINES_EACH):
        chosen = [unicodedata.normalize(drawn.choice(("NFC", "NFD")), draw_sentence(drawn)) for _ in range(LINES_EACH)]
        texts.append("\r\n".join(chosen))
    records = [json.dumps(raw_record(number, text)) for number, text in enumerate(texts)]
    (root / "dataset/raw/1_lines.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")
    for words in (("init",), ("stories", "--write")):
        run_pactwire(root, *words)
    write_examples(root)


def raw_record(number: int, text: str) -> dict[str, Any]:
    """Return an article all of whose lines are its body, so that none is left out as furniture."""
    end = len(text.replace("\r\n", "\n"))
    zone = {"id": "z1", "start": 0, "end": end, "kind": "body", "language": "en", "origin": "original", "by": ["page"]}
    by = {"id": "page", "kind": "rule", "name": None, "version": None}
    return {"id": f"{number:016x}", "text": text, "license": "made", "zones": [zone], "zones_by": by}


def draw_sentence(drawn: random.Random) -> str:
    """Return a sentence with a person and a place."""
    sentence, *names = drawn.choice(SENTENCES)
    return sentence.format(*(drawn.choice(each.split("|")) for each in names))


def write_examples(root: Path) -> None:
    """Write the final documents of the labeled articles."""
    data = corpus.load_corpus(root)
    (root / "annotations/final").mkdir(exist_ok=True)
    for number, example in enumerate(EXAMPLES):
        article = data.articles[f"{number:016x}"]
        labels = []
        for label_number, found in enumerate(LABEL.finditer(example), 1):
            start = len(LABEL.sub(r"\2", example[: found.start()]))
            span = {"start": start, "end": start + len(found[2]), "text": found[2]}
            labels.append({"id": f"n{label_number}", **span, "kind": found[1], "by": ["anna"]})
        time = "2026-01-05T10:00:00Z"
        document = new_document(
            data.schema, article=article["id"], text_sha256=article["source_sha256"], guidelines="1.0",
            annotators=[{"id": "anna", "kind": "human", "name": None, "version": None}], status={"names": "reviewed"},
            created=time, updated=time, derived_from=[], layers={"names": labels},
        )  # fmt: skip
        (root / f"annotations/final/{article['id']}.json").write_text(json.dumps(document), encoding="utf-8")


def run_pactwire(root: Path, *words: str) -> str:
    """Run a command in the folder of a dataset, and return what it prints; problems of single articles are no error."""
    code = "from pactwire.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=root, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def read_answers(data: corpus.Corpus, endpoint: Endpoint) -> Iterator[tuple[str, Any]]:
    """Yield the ids of the drafted articles, each with the labels of the model's answer as it came."""
    made = prompt.dataset_prompt(data)
    cache = ReplyCache(data.root, endpoint)
    for article in data.articles.values():
        messages = made.messages(article, prompt.article_grounding(data, article))
        reply = cache.get(cache.key(messages, made.answer_schema))
        if reply:
            yield article["id"], json.loads(reply.content).get("names")


def level(text: str) -> str:
    """Return a text with white space, quotation marks and composition leveled."""
    return " ".join(unicodedata.normalize("NFC", QUOTATION_MARKS.sub('"', text)).split())


def borders(line: str) -> list[int]:
    """Return where a line may be cut: not in one letter of NFC, nor in an emoji or in white space with marks."""
    whole = unicodedata.normalize("NFC", line)
    inside = {
        at
        for each in regex.finditer(r"\X", line)
        if regex.search(r"\s|\p{Emoji}", each[0])
        for at in range(each.start() + 1, each.end())
    }
    return [
        at
        for at in range(len(line) + 1)
        if at not in inside
        and unicodedata.normalize("NFC", line[:at]) + unicodedata.normalize("NFC", line[at:]) == whole
    ]


def stands(line: str, quote: str, occurrence: int) -> tuple[int, int] | None:
    """Return where a quote stands in a line for the occurrence-th time, by trying every span."""
    cuts, wanted = borders(line), level(quote)
    spans = [
        (start, end)
        for start in cuts
        for end in cuts
        if start < end and line[start:end] == line[start:end].strip() and level(line[start:end]) == wanted
    ]
    return spans[occurrence - 1] if 0 < occurrence <= len(spans) else None


def read_label(source: str, label: Any) -> Given:
    """Return a label of an answer, with the script of the line that it names."""
    lines = [each for each in re.finditer(r"[^\n]+", source) if each[0].strip()]
    script, span = "no line", None
    try:
        line = lines[label["text"]["line"] - 1] if label["text"]["line"] > 0 else None
        if line:
            letters = re.search(r"[^\W\d_]", line[0])
            script = unicodedata.name(letters[0]).split()[0].title() if letters else "none"
            found = stands(line[0], label["text"]["quote"], label["text"]["occurrence"])
            span = found and (line.start() + found[0], line.start() + found[1])
        return Given(script, label["kind"], span if label["id"] else None)
    except (TypeError, KeyError, IndexError, AttributeError):
        return Given(script, None, None)


def measure_labels(root: Path, endpoint: Endpoint) -> dict[str, Any]:
    """Return how many labels were given and taken, and how many of them against what the answers say.

    ``leveled`` are those taken whose characters are not those of any quote of the answer.
    """
    data = corpus.load_corpus(root)
    drafts: dict[str, Any] = {each.document["article"]: each.document for each in data.documents}
    counts: Counter[str] = Counter()
    scripts: dict[str, Counter[str]] = {}
    for article, labels in read_answers(data, endpoint):
        source = data.articles[article]["source_text"]
        given = [read_label(source, label) for label in labels]
        said = {(*each.span, each.kind): each.script for each in given if each.span}
        taken = [(label["start"], label["end"], label["kind"]) for label in drafts[article]["names"]]
        counts.update(
            answers=1, lines=source.strip().count("\n") + 1, given=len(given), taken=len(taken),
            taken_elsewhere=len(taken) - len({*taken} & {*said}), refused_though_standing=len({*said} - {*taken}),
            leveled=sum(all(label["text"] != each["text"]["quote"] for each in labels)
                        for label in drafts[article]["names"]),
        )  # fmt: skip
        for each in given:
            scripts.setdefault(each.script, Counter()).update(given=1)
        for span in {*taken} & {*said}:
            scripts[said[span]].update(taken=1)
    share = 1 - counts["taken"] / counts["given"] if counts["given"] else None
    return {**counts, "share_refused": share, "scripts": scripts}


def main() -> None:
    """Draft all lines with the model, and print what came of it."""
    address, model, folder, *more = sys.argv[1:]
    root = Path(folder)
    if not root.exists():
        write_dataset(root, int(more[0]) if more else 1000)
    said = run_pactwire(root, "suggest", "--model", f"openai:{model}", "--base-url", address, "--format", "json")
    report, *issues = (json.loads(line) for line in said.splitlines())
    result = {
        **measure_labels(root, Endpoint(model, address, 0.0)),
        "refused": report["refused"],
        "sent": report["sent"],
        "not_whole": Counter(each["message"] for each in issues if each["code"] == "suggest-answer"),
        "invalid": [issue.text() for issue in validate.validate_dataset(root)],
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
