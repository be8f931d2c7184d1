"""``pactwire convert``: messy folders of other tools, the outcome of every mention, and nothing overwritten."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from conftest import Run, contents
from pactwire.cli import convert as convert_commands
from pactwire.cli import convert_options
from pactwire.convert import export_writers, exporting, import_files, import_reader, importing
from pactwire.convert.corpus_mapping import similar_label
from pactwire.convert.formats.conll import ConllColumns, read_documents
from pactwire.convert.import_conversion import (
    ConvertedArticle,
    ImportSettings,
    convert_documents,
    whole_text_zones,
)
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument, ImportedMention, RawSpan, SourceFile
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.mapping_file import read_mapping
from pactwire.corpus import corpus
from pactwire.labelstudio import canonical_labels, decoder, task_builder
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model.issues import COMMAND_CODES, REMEDIES, DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator
from pactwire.validation import validate
from support.mentions import MAPPING, OPTIONS, map_types, with_schema
from support.news import SCHEMA

pytestmark = pytest.mark.slow

TYPES = ("PER", "ORG", "GPE", "LOC", "EVT", "PRO")
GOLDEN = Path(__file__).parent / "golden" / "convert"
TIME = "2024-01-01T00:00:00Z"
WHO = ["--annotator", "team", "--kind", "human", "--created", TIME]
SETTINGS = ImportSettings(
    Annotator(id="team", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk", TIME
)

WORLD: dict[str, bytes] = {
    # BOM, CRLF counted, a mention over a line end, relations, a link, a type without an entry
    "crlf.txt": "\ufeffРютте прибув до Києва.\r\nКиїв і Північна\r\nКорея\r\n".encode(),
    "crlf.ann": (
        "T1\tPERS 0 5\tРютте\r\nT2\tГОРОД 16 21\tКиєва\r\nT3\tГОРОД 24 28\tКиїв\r\n"
        "T4\tLOC 31 39;41 46\tПівнічна Корея\r\nN1\tReference T1 Wikidata:Q57792\tРютте\r\nR1\tIn Arg1:T1 Arg2:T2\r\n"
        "T5\tJOB 6 12\tприбув\r\n"
    ).encode(),
    # UTF-16 units after emoji, tabs everywhere
    "posts/emoji.txt": "😀😀 Kim met Putin 🤝. Kim left.".encode(),
    "posts/emoji.ann": b"T1\tPERS\t5\t8\tKim\nT2\tPERS\t13\t18\tPutin\nT3\tPERS\t23\t26\tKim\n",
    # inclusive ends
    "inclusive.txt": b"Kim met Putin.",
    "inclusive.ann": b"T1\tPERS 0 2\tKim\nT2\tPERS 8 12\tPutin\n",
    # correct except for single mentions
    "single.txt": "Президент Путін летить. Путін каже: Кім і Кім.".encode(),
    "single.ann": (
        "T1\tPERS 10 15\tПутін\nT2\tPERS 25 29\tПутін\nT3\tPERS 36 39\tКім\nT4\tPERS 0 3\tКім\n"
        "T5\tPERS 16 23\tлетить \n"
        "T6\tPERS 10 15;24 29\tПутін Путін\nT7\tPERS 5 5\t\nT8\tPERS 99 101\tКі\nT9\tPERS 0 15\tПрезидент Путін\n"
    ).encode(),
    # a line that is not an annotation
    "stray.txt": "Президент Сі.".encode(),
    "stray.ann": "T1\tPERS 10 12\tСі\nжах\n".encode(),
    "alone.ann": b"T1\tPERS 0 3\tKim\n",
    "bare.txt": b"Nobody annotated this.",
    "twin.txt": b"Kim met Putin.",
    "twin.ann": b"T1\tPERS 0 3\tKim\n",
    "latin1.txt": b"Cor\xe9e",
    "bell.txt": b"Kim\x07",
    "empty.txt": b"",
    "notes.pdf": b"%PDF",
}


def converted(imported: Iterable[ImportedDocument], types: LabelMapping) -> tuple[ImportLog, list[ConvertedArticle]]:
    """Convert articles for an empty dataset."""
    log = ImportLog()
    return log, list(convert_documents(imported, SETTINGS, types, lambda _: None, lambda _: [], log))


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Create a folder of brat files with everything that goes wrong in practice, and a mapping of types beside it."""
    for name, data in WORLD.items():
        path = tmp_path / "world" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    types = {"PERS": "PER", "ГОРОД": {"values": {"type": "GPE", "form": "name"}}, **{name: name for name in TYPES}}
    (tmp_path / "mapping.json").write_text(json.dumps({"types": types}))
    return tmp_path / "world"


def test_imports_a_messy_folder(world: Path, run: Run, tmp_path: Path) -> None:
    """Each mention is imported, corrected and reported, or refused with its place; good ones are written anyway."""
    out, mapping, report = with_schema(tmp_path / "out"), tmp_path / "mapping.json", tmp_path / "report.json"
    args = ("convert", "from", "brat", world, "--out", out, *WHO, "--mapping", mapping, "--report", report)
    result = run(*args)
    expected = (GOLDEN / "world.txt").read_text(encoding="utf-8")
    assert (result.stdout.replace(str(tmp_path), "ROOT"), result.returncode) == (expected, 1)
    reported = json.loads(report.read_text())
    counts = reported["counts"]
    assert reported["without_annotation"] == ["bare.txt"]
    refused = [issue["record"] for issue in reported["issues"] if issue["record"].startswith("T")]
    unknown = 1
    assert counts["mentions"] == sum(count for key, count in counts.items() if key.startswith("mentions "))
    assert counts["mentions taken"] + len(refused) + unknown + counts["mentions of refused articles"] == 21
    again = run(*args)
    assert "0 files written, 5 unchanged" in again.stdout


def test_imported_documents_are_valid(world: Path, tmp_path: Path) -> None:
    """An imported corpus lacks only rows of splits.csv."""
    inputs = [world]
    mapping = read_mapping(tmp_path / "mapping.json", SCHEMA, "brat")
    paths, others = import_files.find_files("brat", inputs, [])
    importing.import_mentions(
        import_reader.read_documents("brat", paths, inputs, OPTIONS),
        with_schema(tmp_path / "out"),
        "w",
        "team",
        SETTINGS,
        mapping,
    )
    assert others == 1
    assert {issue.code for issue in validate.validate_dataset(tmp_path / "out")} == {"split-missing"}
    data = corpus.load_corpus(tmp_path / "out")
    texts = [entity["text"] for placed in data.documents for entity in document_labels(placed.document, "entities")]
    assert sorted(texts) == sorted([
        "Рютте", "Києва", "Київ", "Північна\nКорея", "Kim", "Putin", "Kim", "Kim", "Putin", "Путін", "Путін", "Кім",
        "летить", "Президент Путін",
    ])  # fmt: skip


def test_overwrites_nothing(world: Path, tmp_path: Path) -> None:
    """A document that differs, and a corpus of the same name with other articles, stay as they are."""
    out, mapping = with_schema(tmp_path / "out"), ["--mapping", str(tmp_path / "mapping.json")]
    args = ["from", "brat", str(world / "inclusive.ann"), "--out", str(out), *WHO, "--name", "x"]
    assert CliRunner().invoke(convert_commands.app, [*args, *mapping]).exit_code == 0
    before = contents(out)
    assert {name for name in before if not name.startswith((".pactwire/", "schema/"))} == {
        "annotations/team/d6c883c261c98f10.json", "dataset/raw/x.jsonl"
    }  # fmt: skip
    with pytest.raises(
        DataError, match=r"\.json:1: convert-out: it exists and differs \(move the file elsewhere, or import"
    ):
        CliRunner().invoke(convert_commands.app, args, catch_exceptions=False)
    args[2] = str(world / "bare.txt")
    with pytest.raises(
        DataError, match=r"x\.jsonl:1: convert-out: it holds 1 articles that this import does not bring"
    ):
        CliRunner().invoke(convert_commands.app, args, catch_exceptions=False)
    assert before == contents(out)


def test_rejects_wrong_options(world: Path, tmp_path: Path) -> None:
    """A missing kind, a reserved name, a wrong time, language or file name exit with 2 and write nothing."""
    start = ["from", "brat", str(world), "--out", str(tmp_path / "out")]
    for wrong in (
        ("--annotator", "team"),
        ("--annotator", "final", "--kind", "rule"),
        (*WHO, "--created", "2024-02-31T00:00:00Z"),
        (*WHO, "--language", "ukr"),
        (*WHO, "--guidelines", "1"),
        (*WHO, "--name", "../x"),
    ):
        assert CliRunner().invoke(convert_commands.app, [*start, *wrong]).exit_code == 2, wrong
    assert not (tmp_path / "out").exists()


def test_mapping_leaves_types_out(tmp_path: Path) -> None:
    """null is counted and no issue; a type without an entry is one issue with its count and first place."""
    imported = read_documents(b"a B-MONEY\nb B-JOB\nc B-JOB\nd B-PER\n", SourceFile("f.conll", TIME), ConllColumns())
    log, _ = converted(imported, map_types({"MONEY": None, "PER": "PER"}))
    assert log.omitted["mentions of the type MONEY"] == 1
    assert [issue.text() for issue in log.issues] == [
        "f.conll:2: convert-type: the type 'JOB' of 2 mentions is not one of ours "
        "(name it in the file for --mapping, or let it be null there; `pactwire convert mapping` prints one)"
    ]


def test_one_entry_maps_all_other_types(tmp_path: Path) -> None:
    """ "*" leaves out or maps types without an entry, and counts what it leaves out by type."""
    mentions = [ImportedMention("", 1, RawSpan(kind, ((0, 3),), "Kim")) for kind in ("PER", "JOB", "JOB", "AGE")]
    imported = [ImportedDocument("a", "a.ann", "Kim", mentions, TIME)]
    log, _ = converted(imported, map_types({"PER": "PER", "*": None}))
    assert (log.issues, log.omitted) == ([], {"mentions of the type JOB": 2, "mentions of the type AGE": 1})
    _, ((_, _, document, _),) = converted(imported, map_types({"PER": "PER", "*": "EVT"}))
    assert document is not None
    assert [entity["type"] for entity in document_labels(document, "entities")] == ["PER", "EVT", "EVT", "EVT"]


def test_mapping_command_proposes_a_mapping(tmp_path: Path) -> None:
    """`convert mapping` maps types named like ours, leaves out the rest, and prints a valid mapping."""
    names = [
        "PER",
        "pers",
        "PERSON",
        "ORGANIZATION",
        "loc",
        "Location",
        "prod",
        "event",
        "PROFESSION",
        "PERIOD",
        "O",
        "P",
    ]
    assert {name: ours for name in names if (ours := similar_label(name, SCHEMA))} == {
        "PER": "PER", "pers": "PER", "PERSON": "PER", "ORGANIZATION": "ORG", "loc": "LOC", "Location": "LOC",
        "prod": "PRO", "event": "EVT",
    }  # fmt: skip
    root = with_schema(tmp_path / "out")
    (tmp_path / "a.conll").write_text("Kim B-PERSON\nsaid O\nchief B-JOB\n\nXi B-PERSON\n-DOCSTART- O\nbad\n")
    (tmp_path / "b.conll").write_bytes(b"\xff O\n")
    result = CliRunner().invoke(convert_commands.app, ["mapping", "conll", str(tmp_path), "--root", str(root)])
    assert json.loads(result.stdout)["types"] == {"JOB": None, "PERSON": "PER"}
    assert result.stderr.splitlines()[:2] == ["2 PERSON", "1 JOB"]
    assert "b.conll:1: not-utf8" in result.stderr
    only_broken = CliRunner().invoke(
        convert_commands.app, ["mapping", "conll", str(tmp_path / "b.conll"), "--root", str(root)]
    )
    assert (result.exit_code, only_broken.exit_code) == (0, 1)
    (tmp_path / "mapping.json").write_text(result.stdout)
    args = ["from", "conll", str(tmp_path / "a.conll"), "--out", str(root), *WHO, "--format", "json"]
    report = json.loads(
        CliRunner().invoke(convert_commands.app, [*args, "--mapping", str(tmp_path / "mapping.json")]).stdout
    )
    assert (report["counts"]["mentions taken"], report["left_out"]) == (2, {"mentions of the type JOB": 1})
    assert [issue["code"] for issue in report["issues"]] == ["convert-tag"]


def test_turns_a_corpus_into_a_dataset(tmp_path: Path, run: Run) -> None:
    """After convert, stories and build in an empty folder, `datasets` loads every mention."""
    from datasets import load_dataset

    corpus_folder, root = tmp_path / "corpus", with_schema(tmp_path / "new")
    corpus_folder.mkdir()
    texts = [
        f"Кім {word} 😀 приїхав до Росії {number}." for number, word in enumerate(["Чен", "Ин", "Ир", "Сен", "Джу"])
    ]
    for number, text in enumerate(texts):
        end = text.index(" 😀")
        place = text.index("Росії")
        (corpus_folder / f"{number}.txt").write_text(text)
        (corpus_folder / f"{number}.ann").write_text(
            f"T1\tPER 0 {end}\t{text[:end]}\nT2\tPER 0 3\tКім\nT3\tGPE {place} {place + 5}\tРосії\n"
            "R1\tIn Arg1:T1 Arg2:T3\n"
        )
    result = run("convert", "from", "brat", corpus_folder, "--out", root, *WHO, "--into", "final")
    assert result.returncode == 0, result.stdout
    commands = [line.partition("pactwire ")[2].partition(",")[0] for line in result.stdout.splitlines()[-2:]]
    for command in commands:
        finished = run(*command.split(" "))
        assert finished.returncode == 0, finished.stdout + finished.stderr
    data = load_dataset(str(root / "dataset"), "entities", cache_dir=str(tmp_path / "cache"))
    rows = [row for split in data.values() for row in split]
    spans = [(row["text"][span["start"] : span["end"]], span["type"]) for row in rows for span in row["spans"]]
    names = [*(text[: text.index(" 😀")] for text in texts), *["Кім"] * 5]
    assert sorted(spans) == sorted([*((name, "PER") for name in names), *[("Росії", "GPE")] * 5])


def test_imported_documents_survive_label_studio(world: Path, tmp_path: Path) -> None:
    """Entities and zones of imported documents survive the round trip through a task prediction."""
    paths, _ = import_files.find_files("brat", [world], [])
    mapping = read_mapping(tmp_path / "mapping.json", SCHEMA, "brat")
    importing.import_mentions(
        import_reader.read_documents("brat", paths, [world], OPTIONS),
        with_schema(tmp_path / "out"),
        "w",
        "team",
        SETTINGS,
        mapping,
    )
    data = corpus.load_corpus(tmp_path / "out")
    count = 0
    for placed in data.documents:
        article, document = data.articles[placed.document["article"]], placed.document
        for project, layer in (("labels", "entities"), ("zones", "zones")):
            documents = [("team", document)]
            task = task_builder.encode_task(SCHEMA, article, document["zones"], project, documents, guidelines="0.0")
            answer = decoder.decode_results(SCHEMA, task["predictions"][0]["result"], task["data"], project, [layer])
            labels: dict[str, Any] = {layer: document_labels(document, layer)}
            assert (answer.problems, answer.layers) == ([], canonical_labels.canonical_layers(SCHEMA, labels))
            count += len(labels[layer]) if layer == "entities" else 0
    assert count == 14


def test_labels_a_dataset_without_topics() -> None:
    """The labeling config has no empty list of choices, which a server would refuse."""
    config = ElementTree.fromstring(labeling_config(SCHEMA, "labels"))
    assert all(choices.findall("Choice") for choices in config.iter("Choices"))


def test_replaces_invalid_ids() -> None:
    """Each label of a document has a unique, valid id."""
    names = ["T1", "T1", "", "zone", "e1", "a b", "AUTHOR"]
    mentions = [ImportedMention(name, 1, RawSpan("PER", ((0, 3),), "Kim")) for name in names]
    _, ((_, _, document, _),) = converted([ImportedDocument("a", "a.ann", "Kim", mentions, TIME)], MAPPING)
    assert document is not None
    assert [entity["id"] for entity in document_labels(document, "entities")] == [
        "T1",
        "e2",
        "e3",
        "e4",
        "e1",
        "e5",
        "e6",
    ]


def test_refuses_a_name_with_a_line_end() -> None:
    """The names of articles are in tables with one line per row; the message escapes the line end."""
    log, taken = converted([ImportedDocument("a.jsonl#x\ny", "a.jsonl", "Kim", [], TIME)], MAPPING)
    assert (taken, [(issue.code, issue.line) for issue in log.issues]) == ([], [("control-character", 1)])
    assert log.issues[0].message.startswith("its name 'a.jsonl#x\\ny': U+000A")


def test_names_a_language_only_if_it_is_certain() -> None:
    """The language of a paragraph is identified, that of a word is not, and the option comes first."""
    russian = "Президент встретился с министром обороны, чтобы обсудить поставки вооружений и помощь союзникам."
    assert [whole_text_zones(text, None)[0]["language"] for text in (russian, "Kim 5")] == ["ru", "und"]
    assert whole_text_zones(russian, "bg")[0]["language"] == "bg"
    assert whole_text_zones("\n ", None) == []


def test_round_trip_keeps_a_bom_of_the_text(tmp_path: Path) -> None:
    """A BOM that belongs to the text is neither lost nor counted."""
    raw = "\ufeff\ufeffKim met Putin."
    imported = ImportedDocument(
        "a.txt", "a.ann", raw, [ImportedMention("T1", 1, RawSpan("PER", ((1, 4),), "Kim"))], TIME
    )
    importing.import_mentions([imported], with_schema(tmp_path / "one"), "x", "team", SETTINGS, MAPPING)
    exporting.export_documents("brat", tmp_path / "one", "team", tmp_path / "brat")
    paths, _ = import_files.find_files("brat", [tmp_path / "brat"], [])
    again = import_reader.read_documents("brat", paths, [tmp_path / "brat"], OPTIONS)
    result = importing.import_mentions(again, with_schema(tmp_path / "two"), "x", "team", SETTINGS, MAPPING)
    assert (result.log.repairs, result.log.issues) == ([], [])
    one, two = (corpus.load_corpus(tmp_path / name) for name in ("one", "two"))
    assert [a["source_text"] for a in one.articles.values()] == [a["source_text"] for a in two.articles.values()]
    assert [document_labels(p.document, "entities") for p in one.documents] == [
        document_labels(p.document, "entities") for p in two.documents
    ]


def test_training_files_omit_unpublished_articles(golden: Path, tmp_path: Path) -> None:
    """An excluded article is counted; an article without a row has a file of its own."""
    path = golden / "dataset" / "splits.csv"
    header, first, *_ = path.read_text().splitlines()
    path.write_text(f"{header}\n{first.rpartition(',')[0]},excluded\n")
    result = exporting.export_documents("conll", golden, "final", tmp_path / "x")
    assert result.omitted["documents of articles that are excluded"] == 1
    assert result.written == ["unsplit.conll"]


@pytest.mark.parametrize("form", sorted(export_writers.FILE_NAME_PATTERNS))
def test_exports_the_golden_base(form: str, golden: Path, tmp_path: Path) -> None:
    """Each format gives the golden files and counts, and a second export the same files."""
    if form == "spacy":
        pytest.importorskip("spacy")
    result = exporting.export_documents(form, golden, "final", tmp_path / form)
    assert exporting.export_documents(form, golden, "final", tmp_path / form).unchanged == len(result.written)
    if form != "spacy":
        for name in result.written:
            assert (tmp_path / form / name).read_bytes() == (GOLDEN / form / name).read_bytes(), name
    assert {key: count for key, count in result.omitted.items() if count} == json.loads(
        (GOLDEN / "lost.json").read_text(encoding="utf-8")
    )[form]


@pytest.mark.parametrize("form", ["brat", "webannotation"])
def test_imports_an_export_into_its_own_dataset(form: str, golden: Path, tmp_path: Path) -> None:
    """No article is duplicated, and complete documents are unchanged."""
    exporting.export_documents(form, golden, "final", tmp_path / form)
    paths, _ = import_files.find_files(form, [tmp_path / form], [])
    if form == "webannotation":
        result = importing.import_pages(paths, [tmp_path / form], golden, "again", "unknown")
        assert (result.written, result.unchanged, result.log.issues) == ([], 2, [])
        return
    documents = import_reader.read_documents(form, paths, [tmp_path / form], OPTIONS)
    result = importing.import_mentions(documents, golden, "again", "team", SETTINGS, MAPPING)
    assert (result.log.issues, [file for file in result.written if "raw" in file]) == ([], [])
    data = corpus.load_corpus(golden)
    team = {placed.document["article"]: placed.document for placed in data.documents if placed.annotator == "team"}
    assert all("zones" not in document for document in team.values())
    for article, document in team.items():
        final = data.final_document(article)
        assert final is not None
        by_place = sorted(document_labels(final, "entities"), key=lambda entity: (entity["start"], entity["end"]))
        assert [{**e, "id": "", "by": []} for e in document_labels(document, "entities")] == [
            {**e, "id": "", "by": []} for e in by_place
        ]
    assert validate.validate_dataset(golden) == []


def test_imports_pages_into_a_new_folder(golden: Path, tmp_path: Path, run: Run) -> None:
    """Exported pages bring their links and topics into another folder."""
    result = run("convert", "to", "webannotation", "--out", tmp_path / "pages", "--root", golden)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "4 files written, 0 unchanged")
    args = ["to", "brat", "--out", str(tmp_path / "brat"), "--root", str(golden), "--format", "json"]
    report = json.loads(CliRunner().invoke(convert_commands.app, args).stdout)
    lost = json.loads((GOLDEN / "lost.json").read_text(encoding="utf-8"))["brat"]
    assert (report["documents"], report["written"], report["lost"]) == (2, 6, lost)
    back = run("convert", "from", "webannotation", tmp_path / "pages", "--out", with_schema(tmp_path / "new"))
    assert back.returncode == 0, back.stdout
    links = (golden / "annotations" / "links.tsv").read_text().splitlines()
    assert sorted((tmp_path / "new" / "annotations" / "links.tsv").read_text().splitlines()) == sorted(links)
    assert {issue.code for issue in validate.validate_dataset(tmp_path / "new")} == {"split-missing"}
    for name in ("00000000000000aa", "00000000000000bb"):
        new, old = (root / "annotations" / "final" / f"{name}.json" for root in (tmp_path / "new", golden))
        assert json.loads(new.read_text()) == json.loads(old.read_text())


def test_export_refuses_invalid_documents(golden: Path, tmp_path: Path, run: Run) -> None:
    """An unknown folder, or a document with an issue, writes nothing."""
    result = run("convert", "to", "brat", "--annotator", "nobody", "--out", tmp_path / "x", "--root", golden)
    assert result.stdout.startswith("annotations/nobody:1: convert-empty: there are no documents to convert")
    path = golden / "annotations" / "final" / "00000000000000aa.json"
    path.write_text(path.read_text().replace('"text_sha256": "1', '"text_sha256": "2'))
    with pytest.raises(DataError, match="text-hash"):
        exporting.export_documents("brat", golden, "final", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_reports_missing_spacy(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the command says what to install and writes nothing."""
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(DataError, match="missing-extra: the module spacy is not installed"):
        exporting.export_documents("spacy", golden, "final", tmp_path / "x")


def _used_codes(source: str) -> Iterator[str]:
    for code in REMEDIES:
        if code.startswith("convert-") and f'"{code}"' in source:
            yield code


def test_documented_commands_exist(checkout: Path) -> None:
    """Every command in docs/convert.md exists, with its format and options."""
    page = (checkout / "docs" / "convert.md").read_text(encoding="utf-8").replace("\\\n", " ")
    examples = re.findall(r"^pactwire convert (\S+) (\S+) (.*)$", page, re.M)
    assert len(examples) > 8
    commands: Any = typer.main.get_command(convert_commands.app)
    for name, form, rest in examples:
        known = {option for each in commands.commands[name].params for option in each.opts}
        assert form in {each.value for each in convert_options.InputFormat}
        assert set(re.findall(r"(?<= )--[a-z-]+", rest.partition("#")[0])) <= known, rest


def test_every_convert_code_is_used(checkout: Path) -> None:
    """Every remedy has an issue, and all of them belong to commands."""
    source = "".join(path.read_text() for path in (checkout / "scripts/pactwire/convert").rglob("*.py"))
    codes = {code for code in REMEDIES if code.startswith("convert-")}
    assert set(_used_codes(source)) == codes <= set(COMMAND_CODES)
