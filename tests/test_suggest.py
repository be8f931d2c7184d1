"""Names that are known, and what is found of them in texts that are new."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.corpus.tables import LinkRow
from pactwire.model import schema, strict_json
from pactwire.model.issues import DataError
from pactwire.model.records import FURNITURE_KINDS, Document, Zone
from pactwire.storage import files
from pactwire.suggest import draft_writer, leave_one_out
from pactwire.suggest.drafts import Suggester, draft_document, rule_entities
from pactwire.suggest.lexicon import LabeledArticle, label_tables, learn_names
from pactwire.text import suffixes, tokens, zones
from pactwire.text.name_keys import sound_key
from pactwire.text.normalization import fold
from pactwire.validation import integrity, validate
from support import strategies

Command = Callable[..., subprocess.CompletedProcess[str]]
Marked = tuple[str, str, str, str | None]

LINKS = {
    row[0]: LinkRow(*row, "test")
    for row in (
        ("Q159", "Russia", "GPE"), ("Q212", "Ukraine", "GPE"), ("Q423", "North Korea", "GPE"),
        ("Q884", "South Korea", "GPE"), ("Q649", "Moscow", "GPE"), ("Q79", "Egypt", "GPE"), ("Q17", "Japan", "GPE"),
        ("Q57792", "Mark Rutte", "PER"), ("Q22686", "Donald Trump", "PER"), ("Q56226", "Kim Jong Un", "PER"),
        ("Q7184", "NATO", "ORG"), ("Q15860072", "Russo-Ukrainian war", "EVT"), ("Q30", "United States", "GPE"),
        ("Q355", "Facebook", "ORG"), ("NIL:korea", "Korea (undivided)", "GPE"),
    )
}  # fmt: skip


def whole(text: str, language: str) -> list[Zone]:
    """Return one content zone over a text."""
    return [{"id": "z1", "start": 0, "end": len(text), "kind": "body", "language": language, "origin": "original",
             "by": [zones.ANNOTATOR["id"]]}]  # fmt: skip


def labeled(text: str, language: str, *marks: tuple[Any, ...]) -> LabeledArticle:
    """Return an article whose words are labeled: (text, type, link, form, metonym), form and metonym where given."""
    about = strategies.article(text)
    rows = []
    for number, (mention, kind, link, *more) in enumerate(marks, 1):
        form, metonym = [*more, "name", None][:2] if len(more) < 2 else more
        start = text.index(mention)
        rows.append({"id": f"e{number}", "start": start, "end": start + len(mention), "text": mention, "type": kind,
                     "form": form, "link": link, "metonym_of": metonym, "by": ["a"]})  # fmt: skip
    made = {"article": about["id"], "entities": rows, "updated": "2026-01-01T00:00:00Z", "guidelines": "1.0"}
    return LabeledArticle(about, whole(text, language), cast("Document", made))


def suggested(text: str, language: str, *known: LabeledArticle) -> list[Marked]:
    """Return what is suggested for a text: (text, type, form, link), in order."""
    suggester = Suggester(learn_names(known, LINKS), LINKS)
    found = suggester.find_mentions(strategies.article(text), whole(text, language))
    return [(text[each.start : each.end], *each.reading[:3]) for each in found]


def texts(marked: Sequence[Marked]) -> list[tuple[str, str | None]]:
    """Return the words and the links of what is suggested."""
    return [(each[0], each[3]) for each in marked]


# --- forms of names


@pytest.mark.parametrize(
    ("language", "text", "form", "link"),
    [
        ("uk", "у заяві Росії сказано", "Росії", "Q159"),
        ("uk", "разом із Північною Кореєю", "Північною Кореєю", "Q423"),
        ("uk", "проти Єгипту та Єгиптом", "Єгипту", "Q79"),
        ("uk", "президент Сполучених Штатів", "Сполучених Штатів", "Q30"),
        ("ru", "о Японии говорят", "Японии", "Q17"),
        ("ru", "переговоры с Россией идут", "Россией", "Q159"),
        ("bg", "правителството на Украйна", "Украйна", "Q212"),
        ("pl", "władze Rosji twierdzą", "Rosji", "Q159"),
        ("pl", "wpis na Facebooku", "Facebooku", "Q355"),
        ("de", "die Politik Russlands", "Russlands", "Q159"),
        ("fr", "l’armée d’Égypte", "Égypte", "Q79"),
        ("fr", "en Egypte", "Egypte", "Q79"),
        ("fr", "aux ETATS-UNIS", "ETATS-UNIS", "Q30"),
        ("en", "Russia's army", "Russia", "Q159"),
    ],
)
def test_names_of_places_in_any_case(language: str, text: str, form: str, link: str) -> None:
    """Countries of the table of links are found in the article's language, in any case of it."""
    assert texts(suggested(text, language))[0] == (form, link)


@pytest.mark.parametrize(
    ("language", "text", "form", "link"),
    [
        ("uk", "українським міністром", "українським", "Q212"),
        ("uk", "північнокорейських військових", "північнокорейських", "Q423"),
        ("uk", "єгипетське місто", "єгипетське", "Q79"),
        ("ru", "российский министр", "российский", "Q159"),
        ("bg", "японските войски", "японските", "Q17"),
        ("bg", "севернокорейският лидер", "севернокорейският", "Q423"),
        ("fr", "les autorités ukrainiennes", "ukrainiennes", "Q212"),
        ("fr", "le ministre japonais", "japonais", "Q17"),
        ("en", "the South Korean minister", "South Korean", "Q884"),
        ("pl", "ukraińskie wojska", "ukraińskie", "Q212"),
        ("de", "ukrainische Soldaten", "ukrainische", "Q212"),
        ("de", "er spricht Japanisch", None, None),
    ],
)
def test_adjectives_of_places(language: str, text: str, form: str | None, link: str | None) -> None:
    """Adjectives made from a place's name are that place, of the form adjective; languages in capitals are none."""
    place = label_tables()["place"]
    expected = [(form, place["type"], place["form"], link)] if form else []
    assert suggested(text, language) == expected


def test_learned_names_in_other_forms() -> None:
    """A name that a document has is found with other endings, articles at its end, and in the plural."""
    known = [
        labeled("Лидерът на Алианса каза", "bg", ("Алианса", "ORG", "Q7184")),
        labeled("le soldat nord-coréen", "fr", ("nord-coréen", "GPE", "Q423", "adjective")),
        labeled("з Рустемом Умєровим", "uk", ("Рустемом Умєровим", "PER", None)),
    ]
    assert texts(suggested("и в Алиансът, и с Алианс", "bg", *known)) == [("Алиансът", "Q7184"), ("Алианс", "Q7184")]
    assert suggested("armes nord-coréennes", "fr", *known) == [("nord-coréennes", "GPE", "adjective", "Q423")]
    assert texts(suggested("каже Рустем Умєров", "uk", *known)) == [("Рустем Умєров", None)]


def test_persons_by_the_sound_of_their_names() -> None:
    """A person's whole name is found in another spelling or script; one that sounds otherwise is not."""
    text = "Голова Марк Рютте сказав. Потім Рютте поїхав, а Марко Ратті ні."
    assert texts(suggested(text, "uk")) == [("Марк Рютте", "Q57792"), ("Рютте", "Q57792")]
    assert sound_key("Рютте") == sound_key("Rutte") != sound_key("Ratti")


def test_short_name_needs_the_whole_name() -> None:
    """A family name that no document has is a person only in an article that has the whole name."""
    assert texts(suggested("a visit by Donald Trump, whom Trump met", "en")) == [
        ("Donald Trump", "Q22686"), ("Trump", "Q22686"),
    ]  # fmt: skip
    assert suggested("a visit by Trump", "en") == []


def test_longest_name_wins() -> None:
    """Of names that overlap the longest is taken, and nothing is marked inside it."""
    known = labeled("un mot coréen, la péninsule coréenne", "fr",
                    ("péninsule coréenne", "LOC", "Q423"), ("coréen", "GPE", "NIL:korea", "adjective"))  # fmt: skip
    assert texts(suggested("sur la péninsule coréenne", "fr", known)) == [("péninsule coréenne", "Q423")]


def test_names_inside_names_take_any_form() -> None:
    """A name that holds others is found with these in another form, and they are marked inside it."""
    text = "у війні рф проти України"
    known = labeled(text, "uk", ("війні рф проти України", "EVT", "Q15860072"), ("рф", "GPE", "Q159"),
                    ("України", "GPE", "Q212"))  # fmt: skip
    assert texts(suggested("Війна Росії проти України триває", "uk", known)) == [
        ("Війна Росії проти України", "Q15860072"), ("Росії", "Q159"), ("України", "Q212"),
    ]  # fmt: skip
    assert texts(suggested("Війна Росії проти Єгипту", "uk", known)) == [("Росії", "Q159"), ("Єгипту", "Q79")]


# --- what is left open, or out


def test_ambiguous_form_has_no_link() -> None:
    """A form that stood for several things is marked without link, of the type it had most often."""
    known = [
        labeled("Вашингтон каза. Тя", "bg", ("Вашингтон", "GPE", "Q649")),
        labeled("Вашингтон каза. Той", "bg", ("Вашингтон", "GPE", "Q159")),
        labeled("Вашингтон каза. То", "bg", ("Вашингтон", "PER", "Q79")),
    ]
    assert suggested("в Вашингтон", "bg", *known) == [("Вашингтон", "GPE", "name", None)]


def test_metonym_only_where_all_documents_agree() -> None:
    """A capital stands for its state where it always did in the documents; where it did not always, nothing is said."""
    always = labeled("Moscou a dit", "fr", ("Moscou", "GPE", "Q649", "name", "Q159"))
    never = labeled("à Moscou", "fr", ("Moscou", "GPE", "Q649"))
    article = strategies.article("selon Moscou")
    other = labeled("et Moscou", "fr", ("Moscou", "GPE", "Q649", "name", "Q423"))
    cases = (([always], "Q159"), ([always, never], None), ([never], None), ([always, other], None))
    for known, expected in cases:
        suggester = Suggester(learn_names(known, LINKS), LINKS)
        [found] = suggester.find_mentions(article, whole(article["source_text"], "fr"))
        assert found.reading.metonym_of == expected


def test_short_name_beside_a_strange_name_has_no_link() -> None:
    """A known family name with an unknown name beside it may be somebody else: it gets no link."""
    known = labeled("Ким каза", "bg", ("Ким", "PER", "Q56226"))
    assert texts(suggested("сестра му Ким Йо Чен каза", "bg", known)) == [("Ким Йо Чен", None)]
    assert texts(suggested("каза, че Анна Ким дойде", "bg", known)) == [("Ким", None)]
    assert texts(suggested("каза, че Ким дойде", "bg", known)) == [("Ким", "Q56226")]


def test_part_of_a_name_needs_the_name() -> None:
    """Sud is South Korea only where Corée du Sud is mentioned, and never in Afrique du Sud or an unknown compound."""
    known = labeled("La Corée du Sud. Le ministre du Sud", "fr", ("Corée du Sud", "GPE", "Q884"))
    short = labeled("le ministre du Sud", "fr", ("Sud", "GPE", "Q884"))
    assert suggested("le ministre du Sud", "fr", known, short) == []
    text = "La Corée du Sud et le ministre du Sud; l'Afrique du Sud, le Sud-Ouest"
    assert texts(suggested(text, "fr", known, short)) == [("Corée du Sud", "Q884"), ("Sud", "Q884")]


def test_case_tells_names_from_words() -> None:
    """A name with a capital is not its word in lower case, capitals are kept, and lower-case names take any case."""
    known = [
        labeled("selon Orange, dit", "fr", ("Orange", "ORG", "NIL:korea")),
        labeled("за даними ООН, каже рф", "uk", ("ООН", "ORG", "Q7184"), ("рф", "GPE", "Q159")),
    ]
    assert suggested("une orange", "fr", *known) == []
    assert texts(suggested("selon Orange", "fr", *known)) == [("Orange", "NIL:korea")]
    assert suggested("Orange amère, une orange", "fr", *known) == []
    assert texts(suggested("Orange amère", "fr", *known)) == [("Orange", "NIL:korea")]
    assert suggested("Orange amère", "fr", *known, labeled("une orange", "fr")) == []
    assert texts(suggested("від Оон та ООН, РФ", "uk", *known)) == [("ООН", "Q7184"), ("РФ", "Q159")]


def test_endings_of_one_language_are_not_those_of_another() -> None:
    """A French adjective is not stripped of what would be an ending in German."""
    known = labeled("le peuple coréen", "fr", ("coréen", "GPE", "NIL:korea", "adjective"))
    assert suggested("ein Intel Core", "de", known) == []


@pytest.mark.parametrize(
    "text",
    [
        "Rus\u00adsie", "Russie\u00adne", "Russie\u2060ne", "Russie\u200dx", "anti-Russie", "Russielle", "xRussie",
        "Russie\u0301e", "\u0600Russie",
    ],
)  # fmt: skip
def test_words_are_not_cut(text: str) -> None:
    """A name is not found in a word or grapheme that goes on: over a hyphen, soft or not, a joiner, a mark, a sign."""
    assert suggested(f"la {text} et", "fr") == []


def test_pair_of_states_is_two_names() -> None:
    """On both sides of a hyphen each name is marked, since both are known."""
    assert texts(suggested("la frontière Russie-Ukraine", "fr")) == [("Russie", "Q159"), ("Ukraine", "Q212")]


def test_unknown_ids_are_left_out() -> None:
    """An id that the table of links does not have is not suggested."""
    known = labeled("a dit Dupont", "fr", ("Dupont", "PER", "Q1"))
    assert texts(suggested("a dit Dupont", "fr", known)) == [("Dupont", None)]


def test_languages_meet_only_in_their_own_zones() -> None:
    """A line in two languages is read in each: the German name of a country is none in the French part."""
    text = "Ägypten - Les Ägypten"
    found = [*whole("Ägypten", "de"), *whole(text, "fr")]
    found[1] = {**found[1], "start": 8}
    mentions = Suggester(learn_names([], LINKS), LINKS).find_mentions(strategies.article(text), found)
    assert [(each.start, each.end) for each in mentions] == [(0, 7)]


# --- tables


def test_tables_name_labels_of_the_schema() -> None:
    """Every type and form in tables.json is one of the schema's."""
    types = set(schema.label_names("entity_type"))
    table = label_tables()
    assert set(table["short_names"]) <= types
    assert table["place"]["type"] in types
    assert table["place"]["form"] in schema.label_names("form")
    assert {*table["spacy"].values(), *table["gliner"].values()} <= {*types, None}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.sampled_from([*suffixes.SUFFIX_TABLES, "und"]))
def test_every_word_is_among_its_stems(word: str, language: str) -> None:
    """Folding is stable, and whatever a word is, it is a form of itself, and its stems begin it or replace its end."""
    folded = fold(word)
    assert fold(folded) == fold(fold(folded))
    assert suffixes.stems(folded, language)[0] == folded
    assert isinstance(sound_key(word), str)


@pytest.mark.parametrize(
    ("word", "other", "are_one"),
    [
        ("Київ", "Києва", True), ("Єгипет", "Єгипту", True), ("Америка", "Америці", True), ("Штати", "Штатів", True),
        ("Китай", "Китаєм", True), ("Путін", "Путіним", True), ("Курська", "Курській", True), ("Иран", "Ирак", False),
        ("Савин", "Савинов", False), ("Сахара", "Сахаров", False), ("Росія", "Росіяни", False), ("Юн", "Юна", False),
    ],
)  # fmt: skip
def test_forms_of_one_word(word: str, other: str, are_one: bool) -> None:
    """Words are forms of one where endings and the changes that go with them tell so, and stems are long enough."""
    stems = set(suffixes.stems(fold(word), "uk"))
    assert stems.isdisjoint(suffixes.stems(fold(other), "uk")) is not are_one


# --- drafts over any text

_NAMES = st.sampled_from(
    ["Росія", "України", "Марк Рютте", "Рютте", "Corée du Nord", "Nord", "українських", "Russie", "Kim", "рф", "'", "-"]
)
_SCRAPS = st.sampled_from(
    [" ", "\n", "\n\n", "\u00a0", "\u200d", "\u00ad", "\u0301", "\U0001f468\u200d\U0001f469", "е"]
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[Zone]]:
    """Draw a text with known names in it, and zones of any kind over it."""
    any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4)
    apart = st.lists(_NAMES, max_size=6).map(lambda names: f" {' '.join(names)} ")  # glued together names are no names
    text = "".join(draw(st.lists(apart | _NAMES | _SCRAPS | any_text, max_size=12)))
    return text, strategies.zones(draw, text, [f"z{number}" for number in range(12)])


KNOWN = (
    labeled("у війні рф проти України", "uk", ("війні рф проти України", "EVT", "Q15860072"), ("рф", "GPE", "Q159"),
            ("України", "GPE", "Q212")),
    labeled("Kim en Corée du Nord, au Nord", "fr", ("Kim", "PER", "Q56226"), ("Corée du Nord", "GPE", "Q423")),
    labeled("du Nord", "fr", ("Nord", "GPE", "Q423")),
)  # fmt: skip
SUGGESTER = Suggester(learn_names(KNOWN, LINKS), LINKS)


@given(pages())
def test_any_text_gives_a_sound_draft(page: tuple[str, list[Zone]]) -> None:
    """Over any text a draft holds to the schema and to every check: each mention is its slice, none is on furniture."""
    text, found = page
    about = strategies.article(text)
    mentions = SUGGESTER.find_mentions(about, found)
    made = draft_document(about, found, SUGGESTER, rule_entities(text, mentions), [])
    assert schema.explain(made, "annotation") == []
    assert integrity.check_document(made, about, found, LINKS, ()) == []
    furniture = [zone for zone in found if zone["kind"] in FURNITURE_KINDS]
    for each in made["entities"]:
        assert text[each["start"] : each["end"]] == each["text"]
        assert not any(each["start"] < zone["end"] and zone["start"] < each["end"] for zone in furniture)


@given(pages())
def test_no_mention_breaks_a_grapheme_or_a_word(page: tuple[str, list[Zone]]) -> None:
    """Mentions begin and end where graphemes and words do, and overlap only where one holds the other."""
    text, found = page
    mentions = SUGGESTER.find_mentions(strategies.article(text), found)
    for start, end in [(zone["start"], zone["end"]) for zone in found]:
        edges = {start + match.start() for match in regex.finditer(r"\X", text[start:end])} | {end}
        words = tokens.tokenize(text[start:end])
        for each in mentions:
            if start <= each.start and each.end <= end:
                assert {each.start, each.end} <= edges
                assert each.start - start in {token["start"] for token in words}
                assert each.end - start in {token["end"] for token in words}
    for one in mentions:
        for other in mentions:
            if one.start < other.start < one.end:
                assert other.end <= one.end


@given(pages(), st.randoms(use_true_random=False))
def test_order_of_documents_changes_no_draft(page: tuple[str, list[Zone]], random: Any) -> None:
    """Whichever document is read first, the mentions and the rules' version are the same."""
    text, found = page
    shuffled = list(KNOWN)
    random.shuffle(shuffled)
    other = Suggester(learn_names(shuffled, LINKS), LINKS)
    about = strategies.article(text)
    assert rule_entities(text, other.find_mentions(about, found)) == rule_entities(
        text, SUGGESTER.find_mentions(about, found)
    )
    assert other.annotator == SUGGESTER.annotator


def test_version_of_the_rules_follows_from_the_names_alone() -> None:
    """The version in drafts stays the same as long as rules and names do: every draft in use would differ otherwise."""
    assert SUGGESTER.annotator["version"] == "1+2f2f87ea73ac"


# --- the command


@pytest.fixture
def command(run: Command) -> Command:
    """Run the command in a process of its own."""
    return run


@pytest.fixture
def four(copy: Path) -> Path:
    """The five articles, of which one has no labels."""
    for path in (copy / "annotations").glob("*/5ccec2fc13046f9d.json"):
        path.unlink()
    for name in ("clusters.jsonl", "decisions.jsonl"):
        (copy / "annotations" / name).write_text("")
    return copy


def drafted(root: Path) -> Path:
    """Return the file of the draft that `four` lacks."""
    return root / "annotations" / "name-rules" / "5ccec2fc13046f9d.json"


def test_command_drafts_what_has_no_labels(four: Path, command: Command) -> None:
    """Only the article without labels is drafted; the draft is valid, says where its names are from, and is counted."""
    (four / "annotations" / "decisions.jsonl").unlink()
    done = command("suggest", "--root", four, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["articles"] == {"labeled": 4, "drafted": 1}
    made = files.read_json(drafted(four), "draft")
    assert drafted(four).read_text(encoding="utf-8") == strict_json.pretty(made)
    assert told["mentions"]["drafted"] == len(made["entities"]) > 20
    assert made["status"] == {"zones": "draft", "entities": "draft"}
    assert [each["kind"] for each in made["annotators"]] == ["rule", "rule"]
    finals = {f"final@{files.sha256(path.read_bytes())}" for path in (four / "annotations" / "final").iterdir()}
    assert set(made["derived_from"]) <= finals
    assert made["updated"] == "2026-11-22T01:00:00Z"
    assert validate.validate_dataset(four) == []


def suggest(root: Path, *ids: str, renew: bool = False) -> draft_writer.DraftReport:
    """Draft articles, all where none is named."""
    data = corpus.load_corpus(root)
    return draft_writer.write_drafts(data, ids or data.articles, None, renew, lambda: None)


def test_second_run_changes_nothing(four: Path) -> None:
    """A second run writes nothing and says so."""
    suggest(four)
    before = drafted(four).stat()
    assert suggest(four).articles == {"same": 1, "labeled": 4}
    assert drafted(four).stat() == before


def test_other_names_do_not_replace_a_draft_unasked(four: Path) -> None:
    """A draft that other names would change is kept and named; renewing replaces it, but not a person's work."""
    suggest(four)
    before = drafted(four).read_bytes()
    name = "annotations/name-rules/5ccec2fc13046f9d.json"
    (four / "annotations" / "final" / "31c112378dc0491b.json").unlink()
    assert suggest(four, "5ccec2fc13046f9d").kept == [name]
    assert drafted(four).read_bytes() == before
    assert suggest(four, "5ccec2fc13046f9d", renew=True).renewed == [name]
    assert drafted(four).read_bytes() != before
    made = files.read_json(drafted(four), "draft")
    made["annotators"].append({"id": "anna", "kind": "human", "name": None, "version": None})
    files.write_file(drafted(four), strict_json.pretty(made))
    assert suggest(four, "5ccec2fc13046f9d", renew=True).kept == [name]
    assert files.read_json(drafted(four), "draft") == made


def test_broken_draft_is_kept(four: Path) -> None:
    """A file that is no document, where the draft would be, is kept and named."""
    files.write_file(drafted(four), "{}")
    assert suggest(four, renew=True).kept == ["annotations/name-rules/5ccec2fc13046f9d.json"]
    assert drafted(four).read_text() == "{}"


def test_documents_of_missing_articles_are_left(four: Path) -> None:
    """A final document whose article is not there teaches no names, and does not stop the others."""
    suggest(four)
    final = four / "annotations" / "final"
    made = files.read_json(final / "31c112378dc0491b.json", "final")
    files.write_file(final / f"{'0' * 16}.json", strict_json.pretty({**made, "article": "0" * 16}))
    assert suggest(four).articles == {"same": 1, "labeled": 4}


def test_unknown_article_is_named(four: Path) -> None:
    """An id that no article has is an issue, and nothing is written."""
    with pytest.raises(DataError, match="unknown-article: there is no article 0000000000000000"):
        suggest(four, "5ccec2fc13046f9d", "0000000000000000")
    assert not drafted(four).exists()


def test_dataset_without_labels(four: Path) -> None:
    """Where nothing is labeled the table of links is all that is known, and drafts are made all the same."""
    for name in ("final", "claude-a", "claude-b"):
        shutil.rmtree(four / "annotations" / name)
    assert suggest(four).articles == {"drafted": 5}
    assert files.read_json(drafted(four), "draft")["updated"] == "1970-01-01T00:00:00Z"


# --- the measure


def test_counts_of_what_was_right() -> None:
    """Each suggested mention is counted once by its span, and by what else is right of those with a right span."""
    about = {"type": "GPE", "form": "name", "metonym_of": None}
    expected = [{**about, "start": 0, "end": 4, "text": "Kyiv", "link": "Q1"},
                {**about, "start": 5, "end": 9, "text": "Rome", "link": "Q2"},
                {**about, "start": 20, "end": 24, "text": "Kyiv", "link": "Q1"}]  # fmt: skip
    found = [{**about, "start": 0, "end": 4, "text": "Kyiv", "link": None},
             {**about, "start": 5, "end": 12, "text": "Rome sur", "link": "Q2"},
             {**about, "start": 30, "end": 34, "text": "Bonn", "link": None}]  # fmt: skip
    counts = leave_one_out.compare_entities(cast("Any", expected), cast("Any", found))
    assert counts == Counter({
        "expected": 3, "suggested": 3, "same span": 1, "same type": 1, "same form": 1, "no link": 1,
        "same metonym": 1, "missed": 2, "other span": 1, "extra": 1, "names": 2, "names found": 1,
        "names missed": 1, "names extra": 2,
    })  # fmt: skip


def test_documentation_says_what_the_command_prints(checkout: Path, command: Command) -> None:
    """The figures in docs/suggest.md are those of `pactwire suggest --leave-one-out`."""
    done = command("suggest", "--leave-one-out", "--root", checkout)
    assert done.returncode == 0
    assert done.stdout in (checkout / "docs" / "suggest.md").read_text(encoding="utf-8")


def test_own_labels_are_left_out(checkout: Path) -> None:
    """A name that only one article has is missed there: its own labels are not looked at."""
    data = corpus.load_corpus(checkout)
    rows = {each.article: each.counts for each in leave_one_out.evaluate_drafts(data, None)}
    assert rows["5ccec2fc13046f9d"]["missed"] > 0
    assert rows[""]["other link"] == 0
    assert rows[""] == sum((counts for article, counts in rows.items() if article), Counter())
