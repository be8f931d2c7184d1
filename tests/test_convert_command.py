"""``pactwire convert``: folders as the world has them in, what came of each mention out, nothing overwritten."""

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
from pactwire.convert import corpus_files, corpus_reader, exporting, importing
from pactwire.convert.corpus_options import ReaderOptions
from pactwire.convert.formats.conll import ConllColumns, read_documents
from pactwire.convert.import_conversion import (
    ConvertedArticle,
    ImportSettings,
    convert_documents,
    whole_text_zones,
)
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument, ImportedMention, RawSpan, SourceFile
from pactwire.convert.type_mapping import TypeMapping, propose_mapping
from pactwire.corpus import corpus
from pactwire.labelstudio import encoder
from pactwire.labelstudio.config import labeling_config
from pactwire.model.issues import COMMAND_CODES, REMEDIES, DataError
from pactwire.model.records import Annotator, labels_of
from pactwire.validation import validate

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden" / "convert"
TIME = "2024-01-01T00:00:00Z"
WHO = ["--annotator", "team", "--kind", "human", "--created", TIME]
SETTINGS = ImportSettings(
    Annotator(id="team", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk", TIME
)

WORLD: dict[str, bytes] = {
    # BOM, CRLF counted, a mention over a line end, relations, a link, a type that nothing is said of
    "crlf.txt": "\ufeffРютте прибув до Києва.\r\nКиїв і Північна\r\nКорея\r\n".encode(),
    "crlf.ann": (
        "T1\tPERS 0 5\tРютте\r\nT2\tГОРОД 16 21\tКиєва\r\nT3\tГОРОД 24 28\tКиїв\r\n"
        "T4\tLOC 31 39;41 46\tПівнічна Корея\r\nN1\tReference T1 Wikidata:Q57792\tРютте\r\nR1\tIn Arg1:T1 Arg2:T2\r\n"
        "T5\tJOB 6 12\tприбув\r\n"
    ).encode(),
    # UTF-16 units after emoji, tabs everywhere
    "posts/emoji.txt": "😀😀 Kim met Putin 🤝. Kim left.".encode(),
    "posts/emoji.ann": b"T1\tPERS\t5\t8\tKim\nT2\tPERS\t13\t18\tPutin\nT3\tPERS\t23\t26\tKim\n",
    # ends inclusive
    "inclusive.txt": b"Kim met Putin.",
    "inclusive.ann": b"T1\tPERS 0 2\tKim\nT2\tPERS 8 12\tPutin\n",
    # right but for single mentions
    "single.txt": "Президент Путін летить. Путін каже: Кім і Кім.".encode(),
    "single.ann": (
        "T1\tPERS 10 15\tПутін\nT2\tPERS 25 29\tПутін\nT3\tPERS 36 39\tКім\nT4\tPERS 0 3\tКім\n"
        "T5\tPERS 16 23\tлетить \n"
        "T6\tPERS 10 15;24 29\tПутін Путін\nT7\tPERS 5 5\t\nT8\tPERS 99 101\tКі\nT9\tPERS 0 15\tПрезидент Путін\n"
    ).encode(),
    # a line that is no annotation
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


def converted(foreign: Iterable[ImportedDocument], types: TypeMapping) -> tuple[ImportLog, list[ConvertedArticle]]:
    """Convert articles that no dataset has."""
    found = ImportLog()
    return found, list(convert_documents(foreign, SETTINGS, types, lambda _: None, lambda _: [], found))


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder of brat files with all that goes wrong in the world, and a mapping of types beside it."""
    for name, data in WORLD.items():
        path = tmp_path / "world" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "types.json").write_text('{"PERS": "PER", "ГОРОД": {"type": "GPE", "form": "name"}}')
    return tmp_path / "world"


def test_the_world_as_it_is(world: Path, run: Run, tmp_path: Path) -> None:
    """Each mention is taken, mended and named, or refused with its place; the good ones are written all the same."""
    out, types, report = tmp_path / "out", tmp_path / "types.json", tmp_path / "report.json"
    args = ("convert", "from", "brat", world, "--out", out, *WHO, "--types", types, "--report", report)
    done = run(*args)
    expected = (GOLDEN / "world.txt").read_text(encoding="utf-8")
    assert (done.stdout.replace(str(tmp_path), "ROOT"), done.returncode) == (expected, 1)
    told = json.loads(report.read_text())
    counts = told["counts"]
    assert told["without_annotation"] == ["bare.txt"]
    refused = [issue["record"] for issue in told["issues"] if issue["record"].startswith("T")]
    unknown = 1
    assert counts["mentions"] == sum(count for what, count in counts.items() if what.startswith("mentions "))
    assert counts["mentions taken"] + len(refused) + unknown + counts["mentions of refused articles"] == 21
    again = run(*args)
    assert "0 files written, 5 unchanged" in again.stdout


def test_what_is_written_is_valid(world: Path, tmp_path: Path) -> None:
    """All that validate misses in an imported corpus is rows of splits.csv."""
    inputs = [world]
    types = TypeMapping(tmp_path / "types.json")
    paths, others = corpus_files.find_files("brat", inputs, [])
    importing.import_mentions(
        corpus_reader.read_documents("brat", paths, inputs, ReaderOptions()),
        tmp_path / "out",
        "w",
        "team",
        SETTINGS,
        types,
    )
    assert others == 1
    assert {issue.code for issue in validate.validate_dataset(tmp_path / "out")} == {"split-missing"}
    data = corpus.load_corpus(tmp_path / "out")
    texts = [entity["text"] for placed in data.documents for entity in placed.document["entities"]]
    assert sorted(texts) == sorted([
        "Рютте", "Києва", "Київ", "Північна\nКорея", "Kim", "Putin", "Kim", "Kim", "Putin", "Путін", "Путін", "Кім",
        "летить", "Президент Путін",
    ])  # fmt: skip


def test_nothing_is_overwritten(world: Path, tmp_path: Path) -> None:
    """A document that differs, and a corpus of the same name with other articles, stay as they are."""
    out, types = tmp_path / "out", ["--types", str(tmp_path / "types.json")]
    args = ["from", "brat", str(world / "inclusive.ann"), "--out", str(out), *WHO, "--name", "x"]
    assert CliRunner().invoke(convert_commands.app, [*args, *types]).exit_code == 0
    before = contents(out)
    assert {name for name in before if not name.startswith(".pactwire/")} == {
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


def test_usage_errors(world: Path, tmp_path: Path) -> None:
    """No kind, a reserved name, a wrong time, language or file name: exit 2, and nothing is made."""
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


def test_a_wrong_mapping_is_refused(tmp_path: Path) -> None:
    """Every entry that is no type of ours is named."""
    path = tmp_path / "types.json"
    path.write_text('{"A": "PERSON", "B": {"type": "PER"}, "C": null, "D": "PER", "E": {"type": "PER", "form": "x"}}')
    with pytest.raises(DataError) as caught:
        TypeMapping(path)
    assert [issue.message.partition(" is")[0] for issue in caught.value.issues] == ["'A'", "'B'", "'E'"]
    assert {issue.code for issue in caught.value.issues} == {"convert-mapping"}
    path.write_text("[]")
    with pytest.raises(DataError, match="it is no JSON object"):
        TypeMapping(path)


def test_a_type_may_be_left_out_on_purpose(tmp_path: Path) -> None:
    """null is counted and no issue; a type of which nothing is said is one issue, with its count and first place."""
    path = tmp_path / "types.json"
    path.write_text('{"MONEY": null}')
    foreign = read_documents(b"a B-MONEY\nb B-JOB\nc B-JOB\nd B-PER\n", SourceFile("f.conll", TIME), ConllColumns())
    found, _ = converted(foreign, TypeMapping(path))
    assert found.omitted["mentions of the type MONEY"] == 1
    assert [issue.text() for issue in found.issues] == [
        "f.conll:2: convert-type: the type 'JOB' of 2 mentions is none of ours "
        "(map it to an entity type or to null in the file for --types; `pactwire convert types` creates one)"
    ]


def test_one_entry_stands_for_all_other_types(tmp_path: Path) -> None:
    """ "*" leaves out, or maps, what no other entry names; what it leaves out is counted by type."""
    path = tmp_path / "types.json"
    mentions = [ImportedMention("", 1, RawSpan(kind, ((0, 3),), "Kim")) for kind in ("PER", "JOB", "JOB", "AGE")]
    path.write_text('{"*": null}')
    found, _ = converted([ImportedDocument("a", "a.ann", "Kim", mentions, TIME)], TypeMapping(path))
    assert (found.issues, found.omitted) == ([], {"mentions of the type JOB": 2, "mentions of the type AGE": 1})
    path.write_text('{"*": "EVT"}')
    _, ((_, _, document),) = converted([ImportedDocument("a", "a.ann", "Kim", mentions, TIME)], TypeMapping(path))
    assert document is not None
    assert [entity["type"] for entity in document["entities"]] == ["PER", "EVT", "EVT", "EVT"]


def test_a_mapping_to_edit(tmp_path: Path) -> None:
    """`convert types` maps what is called like ours, leaves out the rest, and is itself a mapping."""
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
    assert {name: ours for name, ours in propose_mapping(names).items() if ours} == {
        "PER": "PER", "pers": "PER", "PERSON": "PER", "ORGANIZATION": "ORG", "loc": "LOC", "Location": "LOC",
        "prod": "PRO", "event": "EVT",
    }  # fmt: skip
    (tmp_path / "a.conll").write_text("Kim B-PERSON\nsaid O\nchief B-JOB\n\nXi B-PERSON\n-DOCSTART- O\nbad\n")
    (tmp_path / "b.conll").write_bytes(b"\xff O\n")
    done = CliRunner().invoke(convert_commands.app, ["types", "conll", str(tmp_path)])
    assert json.loads(done.stdout) == {"JOB": None, "PERSON": "PER"}
    assert done.stderr.splitlines()[:2] == ["2 PERSON", "1 JOB"]
    assert "b.conll:1: not-utf8" in done.stderr
    only_broken = CliRunner().invoke(convert_commands.app, ["types", "conll", str(tmp_path / "b.conll")])
    assert (done.exit_code, only_broken.exit_code) == (0, 1)
    (tmp_path / "types.json").write_text(done.stdout)
    args = ["from", "conll", str(tmp_path / "a.conll"), "--out", str(tmp_path / "out"), *WHO, "--format", "json"]
    told = json.loads(CliRunner().invoke(convert_commands.app, [*args, "--types", str(tmp_path / "types.json")]).stdout)
    assert (told["counts"]["mentions taken"], told["left_out"]) == (2, {"mentions of the type JOB": 1})
    assert [issue["code"] for issue in told["issues"]] == ["convert-tag"]


def test_a_corpus_becomes_a_dataset_in_three_commands(tmp_path: Path, run: Run) -> None:
    """In an empty folder: convert, stories, build; then every mention is in what `datasets` loads."""
    from datasets import load_dataset

    corpus_folder, root = tmp_path / "corpus", tmp_path / "new"
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
    done = run("convert", "from", "brat", corpus_folder, "--out", root, *WHO, "--into", "final")
    assert done.returncode == 0, done.stdout
    commands = [line.partition("pactwire ")[2].partition(",")[0] for line in done.stdout.splitlines()[-2:]]
    for command in commands:
        finished = run(*command.split(" "))
        assert finished.returncode == 0, finished.stdout + finished.stderr
    data = load_dataset(str(root / "dataset"), "entities", cache_dir=str(tmp_path / "cache"))
    rows = [row for split in data.values() for row in split]
    spans = [(row["text"][span["start"] : span["end"]], span["type"]) for row in rows for span in row["spans"]]
    names = [*(text[: text.index(" 😀")] for text in texts), *["Кім"] * 5]
    assert sorted(spans) == sorted([*((name, "PER") for name in names), *[("Росії", "GPE")] * 5])


def test_an_import_goes_through_label_studio_and_back(world: Path, tmp_path: Path) -> None:
    """The entities and zones of every imported document come out of a task's prediction as they went in."""
    paths, _ = corpus_files.find_files("brat", [world], [])
    types = TypeMapping(tmp_path / "types.json")
    importing.import_mentions(
        corpus_reader.read_documents("brat", paths, [world], ReaderOptions()),
        tmp_path / "out",
        "w",
        "team",
        SETTINGS,
        types,
    )
    data = corpus.load_corpus(tmp_path / "out")
    count = 0
    for placed in data.documents:
        article, document = data.articles[placed.document["article"]], placed.document
        for project, layer in (("labels", "entities"), ("zones", "zones")):
            task = encoder.encode_task(article, document["zones"], project, [("team", document)], guidelines="0.0")
            answer = encoder.decode_results(task["predictions"][0]["result"], task["data"], project, [layer])
            labels: dict[str, Any] = {layer: labels_of(document, layer)}
            assert (answer.problems, answer.layers) == ([], encoder.canonical_layers(labels))
            count += len(labels[layer]) if layer == "entities" else 0
    assert count == 14


def test_a_dataset_without_topics_can_be_labeled() -> None:
    """The labeling config of a fresh folder holds no list of choices without one, which a server would refuse."""
    config = ElementTree.fromstring(labeling_config("labels"))
    assert all(choices.findall("Choice") for choices in config.iter("Choices"))


def test_ids_that_cannot_be_ours_are_replaced() -> None:
    """Each label of a document has an id of its own, whatever the ids were."""
    names = ["T1", "T1", "", "zone", "e1", "a b", "AUTHOR"]
    mentions = [ImportedMention(name, 1, RawSpan("PER", ((0, 3),), "Kim")) for name in names]
    _, ((_, _, document),) = converted([ImportedDocument("a", "a.ann", "Kim", mentions, TIME)], TypeMapping())
    assert document is not None
    assert [entity["id"] for entity in document["entities"]] == ["T1", "e2", "e3", "e4", "e1", "e5", "e6"]


def test_a_name_of_more_than_one_line_is_refused() -> None:
    """An article's name stands in tables of one line a row; one with a line end is named, escaped."""
    found, taken = converted([ImportedDocument("a.jsonl#x\ny", "a.jsonl", "Kim", [], TIME)], TypeMapping())
    assert (taken, [(issue.code, issue.line) for issue in found.issues]) == ([], [("control-character", 1)])
    assert found.issues[0].message.startswith("its name 'a.jsonl#x\\ny': U+000A")


def test_a_language_is_named_only_where_it_is_sure() -> None:
    """A paragraph's language is found, a word's is not, and what the command says goes first."""
    russian = "Президент встретился с министром обороны, чтобы обсудить поставки вооружений и помощь союзникам."
    assert [whole_text_zones(text, None)[0]["language"] for text in (russian, "Kim 5")] == ["ru", "und"]
    assert whole_text_zones(russian, "bg")[0]["language"] == "bg"
    assert whole_text_zones("\n ", None) == []


def test_a_text_that_begins_with_a_bom_of_its_own_comes_back(tmp_path: Path) -> None:
    """A BOM that belongs to the text is neither lost nor counted, there and back."""
    raw = "\ufeff\ufeffKim met Putin."
    foreign = ImportedDocument(
        "a.txt", "a.ann", raw, [ImportedMention("T1", 1, RawSpan("PER", ((1, 4),), "Kim"))], TIME
    )
    importing.import_mentions([foreign], tmp_path / "one", "x", "team", SETTINGS, TypeMapping())
    exporting.export_documents("brat", tmp_path / "one", "team", tmp_path / "brat")
    paths, _ = corpus_files.find_files("brat", [tmp_path / "brat"], [])
    again = corpus_reader.read_documents("brat", paths, [tmp_path / "brat"], ReaderOptions())
    done = importing.import_mentions(again, tmp_path / "two", "x", "team", SETTINGS, TypeMapping())
    assert (done.log.repairs, done.log.issues) == ([], [])
    one, two = (corpus.load_corpus(tmp_path / name) for name in ("one", "two"))
    assert [a["source_text"] for a in one.articles.values()] == [a["source_text"] for a in two.articles.values()]
    assert [p.document["entities"] for p in one.documents] == [p.document["entities"] for p in two.documents]


def test_articles_outside_the_splits_stay_out_of_training_files(golden: Path, tmp_path: Path) -> None:
    """An excluded article is counted; one without a row stands apart."""
    path = golden / "dataset" / "splits.csv"
    header, first, *_ = path.read_text().splitlines()
    path.write_text(f"{header}\n{first.rpartition(',')[0]},excluded\n")
    done = exporting.export_documents("conll", golden, "final", tmp_path / "x")
    assert done.omitted["documents of articles that are excluded"] == 1
    assert done.written == ["unsplit.conll"]


@pytest.mark.parametrize("form", sorted(exporting.FORMAT_WRITERS))
def test_the_golden_base_in_every_format(form: str, golden: Path, tmp_path: Path) -> None:
    """What each format makes of two articles, and what it can't hold; twice gives the same."""
    if form == "spacy":
        pytest.importorskip("spacy")
    done = exporting.export_documents(form, golden, "final", tmp_path / form)
    assert exporting.export_documents(form, golden, "final", tmp_path / form).unchanged == len(done.written)
    if form != "spacy":
        for name in done.written:
            assert (tmp_path / form / name).read_bytes() == (GOLDEN / form / name).read_bytes(), name
    assert {key: count for key, count in done.omitted.items() if count} == json.loads(
        (GOLDEN / "lost.json").read_text(encoding="utf-8")
    )[form]


@pytest.mark.parametrize("form", ["brat", "webannotation"])
def test_ours_come_back_to_their_place(form: str, golden: Path, tmp_path: Path) -> None:
    """Exported from a dataset and imported into the same: no article is doubled, whole documents are the same."""
    exporting.export_documents(form, golden, "final", tmp_path / form)
    paths, _ = corpus_files.find_files(form, [tmp_path / form], [])
    if form == "webannotation":
        done = importing.import_pages(paths, [tmp_path / form], golden, "again", "unknown")
        assert (done.written, done.unchanged, done.log.issues) == ([], 2, [])
        return
    found = corpus_reader.read_documents(form, paths, [tmp_path / form], ReaderOptions())
    done = importing.import_mentions(found, golden, "again", "team", SETTINGS, TypeMapping())
    assert (done.log.issues, [file for file in done.written if "raw" in file]) == ([], [])
    data = corpus.load_corpus(golden)
    team = {placed.document["article"]: placed.document for placed in data.documents if placed.annotator == "team"}
    assert all("zones" not in document for document in team.values())
    for article, document in team.items():
        final = data.final_document(article)
        assert final is not None
        by_place = sorted(final["entities"], key=lambda entity: (entity["start"], entity["end"]))
        assert [{**e, "id": "", "by": []} for e in document["entities"]] == [
            {**e, "id": "", "by": []} for e in by_place
        ]
    assert validate.validate_dataset(golden) == []


def test_a_page_into_a_new_folder(golden: Path, tmp_path: Path, run: Run) -> None:
    """The command writes pages and reads them into another folder, with the links and topics that they name."""
    done = run("convert", "to", "webannotation", "--out", tmp_path / "pages", "--root", golden)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "4 files written, 0 unchanged")
    args = ["to", "brat", "--out", str(tmp_path / "brat"), "--root", str(golden), "--format", "json"]
    told = json.loads(CliRunner().invoke(convert_commands.app, args).stdout)
    lost = json.loads((GOLDEN / "lost.json").read_text(encoding="utf-8"))["brat"]
    assert (told["documents"], told["written"], told["lost"]) == (2, 5, lost)
    back = run("convert", "from", "webannotation", tmp_path / "pages", "--out", tmp_path / "new")
    assert back.returncode == 0, back.stdout
    links = (golden / "annotations" / "links.tsv").read_text().splitlines()
    assert sorted((tmp_path / "new" / "annotations" / "links.tsv").read_text().splitlines()) == sorted(links)
    assert {issue.code for issue in validate.validate_dataset(tmp_path / "new")} == {"split-missing"}
    for name in ("00000000000000aa", "00000000000000bb"):
        new, old = (root / "annotations" / "final" / f"{name}.json" for root in (tmp_path / "new", golden))
        assert json.loads(new.read_text()) == json.loads(old.read_text())


def test_export_refuses_documents_that_are_wrong(golden: Path, tmp_path: Path, run: Run) -> None:
    """An unknown folder, or a document with an issue, writes nothing."""
    done = run("convert", "to", "brat", "--annotator", "nobody", "--out", tmp_path / "x", "--root", golden)
    assert done.stdout.startswith("annotations/nobody:1: convert-empty: there are no documents to convert")
    path = golden / "annotations" / "final" / "00000000000000aa.json"
    path.write_text(path.read_text().replace('"text_sha256": "1', '"text_sha256": "2'))
    with pytest.raises(DataError, match="text-hash"):
        exporting.export_documents("brat", golden, "final", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_missing_spacy_is_said(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the command says what to install and writes nothing."""
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(DataError, match="missing-extra: the module spacy is not installed"):
        exporting.export_documents("spacy", golden, "final", tmp_path / "x")


def _made(source: str) -> Iterator[str]:
    for code in REMEDIES:
        if code.startswith("convert-") and f'"{code}"' in source:
            yield code


def test_the_examples_of_the_page_are_of_this_command(checkout: Path) -> None:
    """Every command in docs/convert.md is one, its format is read or written, and its options exist."""
    page = (checkout / "docs" / "convert.md").read_text(encoding="utf-8").replace("\\\n", " ")
    examples = re.findall(r"^pactwire convert (\S+) (\S+) (.*)$", page, re.M)
    assert len(examples) > 8
    commands: Any = typer.main.get_command(convert_commands.app)
    for name, form, rest in examples:
        known = {option for each in commands.commands[name].params for option in each.opts}
        assert form in {each.value for each in convert_options.InputFormat}
        assert set(re.findall(r"(?<= )--[a-z-]+", rest.partition("#")[0])) <= known, rest


def test_every_code_of_conversion_is_made_somewhere(checkout: Path) -> None:
    """No remedy without its problem, and all of them are of commands."""
    source = "".join(path.read_text() for path in (checkout / "scripts/pactwire/convert").rglob("*.py"))
    codes = {code for code in REMEDIES if code.startswith("convert-")}
    assert set(_made(source)) == codes <= set(COMMAND_CODES)
