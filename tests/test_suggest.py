"""Drafts from known names: which names are found in new texts, the command, and its evaluation."""

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
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import FURNITURE_KINDS, Document, Zone
from pactwire.storage import files
from pactwire.suggest import draft_writer, leave_one_out
from pactwire.suggest.drafts import Suggester, draft_document, rule_labels
from pactwire.suggest.lexicon import LabeledArticle, learn_names
from pactwire.suggest.name_layer import NameLayer, name_layer
from pactwire.text import tokens
from pactwire.text.name_keys import sound_key
from pactwire.validation import integrity, validate
from support import strategies
from support.news import SCHEMA

Command = Callable[..., subprocess.CompletedProcess[str]]
Marked = tuple[str, str, str, str | None]

LAYER = cast("NameLayer", name_layer(SCHEMA))
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


def labeled(text: str, language: str, *marks: tuple[Any, ...]) -> LabeledArticle:
    """Return a labeled article from marks (text, type, link[, form[, metonym]])."""
    article = strategies.article(text)
    entities = []
    for number, (mention, type_, link, *more) in enumerate(marks, 1):
        form, metonym = [*more, "name", None][:2] if len(more) < 2 else more
        start = text.index(mention)
        entities.append({"id": f"e{number}", "start": start, "end": start + len(mention), "text": mention,
                         "type": type_, "form": form, "link": link, "metonym_of": metonym, "by": ["a"]})  # fmt: skip
    document = {"article": article["id"], "entities": entities, "updated": "2026-01-01T00:00:00Z", "guidelines": "1.0"}
    return LabeledArticle(article, strategies.body_zone(text, language), cast("Document", document))


def suggested(text: str, language: str, *known: LabeledArticle) -> list[Marked]:
    """Return the suggestions for a text in order: (text, type, form, link)."""
    suggester = Suggester(learn_names(known, LINKS, LAYER), LINKS)
    mentions = suggester.find_mentions(strategies.article(text), strategies.body_zone(text, language))
    return [(text[each.start : each.end], *cast("tuple[str, str, str | None]", each.reading[:3])) for each in mentions]


def texts(marked: Sequence[Marked]) -> list[tuple[str, str | None]]:
    """Return the texts and links of suggestions."""
    return [(text, link) for text, _, _, link in marked]


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
def test_finds_places_in_any_grammatical_case(language: str, text: str, form: str, link: str) -> None:
    """Countries in the table of links are found in the article's language, in any grammatical case."""
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
def test_finds_adjectives_of_places(language: str, text: str, form: str | None, link: str | None) -> None:
    """An adjective formed from a place's name is that place, with the form adjective; names of languages are not."""
    expected = [(form, "GPE", "adjective", link)] if form else []
    assert suggested(text, language) == expected


def test_finds_learned_names_in_other_forms() -> None:
    """A name from a document is found with other suffixes, with a joined article, and in the plural."""
    known = [
        labeled("Лидерът на Алианса каза", "bg", ("Алианса", "ORG", "Q7184")),
        labeled("le soldat nord-coréen", "fr", ("nord-coréen", "GPE", "Q423", "adjective")),
        labeled("з Рустемом Умєровим", "uk", ("Рустемом Умєровим", "PER", None)),
    ]
    assert texts(suggested("и в Алиансът, и с Алианс", "bg", *known)) == [("Алиансът", "Q7184"), ("Алианс", "Q7184")]
    assert suggested("armes nord-coréennes", "fr", *known) == [("nord-coréennes", "GPE", "adjective", "Q423")]
    assert texts(suggested("каже Рустем Умєров", "uk", *known)) == [("Рустем Умєров", None)]


def test_finds_persons_by_the_sound_of_their_names() -> None:
    """A person's full name is found in another spelling or script, but not if it sounds different."""
    text = "Голова Марк Рютте сказав. Потім Рютте поїхав, а Марко Ратті ні."
    assert texts(suggested(text, "uk")) == [("Марк Рютте", "Q57792"), ("Рютте", "Q57792")]
    assert sound_key("Рютте") == sound_key("Rutte") != sound_key("Ratti")


def test_short_name_needs_the_full_name() -> None:
    """A family name that no document has is a person only in an article with the full name."""
    assert texts(suggested("a visit by Donald Trump, whom Trump met", "en")) == [
        ("Donald Trump", "Q22686"), ("Trump", "Q22686"),
    ]  # fmt: skip
    assert suggested("a visit by Trump", "en") == []


def test_longest_name_wins() -> None:
    """Of overlapping names the longest wins, and nothing is labeled inside it."""
    known = labeled("un mot coréen, la péninsule coréenne", "fr",
                    ("péninsule coréenne", "LOC", "Q423"), ("coréen", "GPE", "NIL:korea", "adjective"))  # fmt: skip
    assert texts(suggested("sur la péninsule coréenne", "fr", known)) == [("péninsule coréenne", "Q423")]


def test_names_inside_names_take_any_form() -> None:
    """A name that contains others is found with any form of them, and they are labeled inside it."""
    text = "у війні рф проти України"
    known = labeled(text, "uk", ("війні рф проти України", "EVT", "Q15860072"), ("рф", "GPE", "Q159"),
                    ("України", "GPE", "Q212"))  # fmt: skip
    assert texts(suggested("Війна Росії проти України триває", "uk", known)) == [
        ("Війна Росії проти України", "Q15860072"), ("Росії", "Q159"), ("України", "Q212"),
    ]  # fmt: skip
    assert texts(suggested("Війна Росії проти Єгипту", "uk", known)) == [("Росії", "Q159"), ("Єгипту", "Q79")]


# --- what stays undecided, or is left out


def test_ambiguous_form_has_no_link() -> None:
    """A form that stood for several things has no link, and the type that it had most often."""
    known = [
        labeled("Вашингтон каза. Тя", "bg", ("Вашингтон", "GPE", "Q649")),
        labeled("Вашингтон каза. Той", "bg", ("Вашингтон", "GPE", "Q159")),
        labeled("Вашингтон каза. То", "bg", ("Вашингтон", "PER", "Q79")),
    ]
    assert suggested("в Вашингтон", "bg", *known) == [("Вашингтон", "GPE", "name", None)]


def test_metonym_needs_all_documents_to_agree() -> None:
    """A capital stands for its state only if it always did in the documents, and always for the same one."""
    always = labeled("Moscou a dit", "fr", ("Moscou", "GPE", "Q649", "name", "Q159"))
    never = labeled("à Moscou", "fr", ("Moscou", "GPE", "Q649"))
    article = strategies.article("selon Moscou")
    other = labeled("et Moscou", "fr", ("Moscou", "GPE", "Q649", "name", "Q423"))
    cases = (([always], "Q159"), ([always, never], None), ([never], None), ([always, other], None))
    for known, expected in cases:
        suggester = Suggester(learn_names(known, LINKS, LAYER), LINKS)
        [mention] = suggester.find_mentions(article, strategies.body_zone(article["source_text"], "fr"))
        assert mention.reading.further_links == (expected,)


def test_short_name_beside_an_unknown_name_has_no_link() -> None:
    """A known family name beside an unknown name may be another person: it gets no link."""
    known = labeled("Ким каза", "bg", ("Ким", "PER", "Q56226"))
    assert texts(suggested("сестра му Ким Йо Чен каза", "bg", known)) == [("Ким Йо Чен", None)]
    assert texts(suggested("каза, че Анна Ким дойде", "bg", known)) == [("Ким", None)]
    assert texts(suggested("каза, че Ким дойде", "bg", known)) == [("Ким", "Q56226")]


def test_part_of_a_name_needs_the_whole_name() -> None:
    """Sud is South Korea only beside Corée du Sud, and never in Afrique du Sud or an unknown compound."""
    known = labeled("La Corée du Sud. Le ministre du Sud", "fr", ("Corée du Sud", "GPE", "Q884"))
    short = labeled("le ministre du Sud", "fr", ("Sud", "GPE", "Q884"))
    assert suggested("le ministre du Sud", "fr", known, short) == []
    text = "La Corée du Sud et le ministre du Sud; l'Afrique du Sud, le Sud-Ouest"
    assert texts(suggested(text, "fr", known, short)) == [("Corée du Sud", "Q884"), ("Sud", "Q884")]


def test_capitals_distinguish_names_from_words() -> None:
    """A capitalized name is not its word in lower case; acronyms keep their capitals; lower-case names match any."""
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


def test_suffixes_of_one_language_are_not_those_of_another() -> None:
    """A French adjective does not lose what is a suffix in German."""
    known = labeled("le peuple coréen", "fr", ("coréen", "GPE", "NIL:korea", "adjective"))
    assert suggested("ein Intel Core", "de", known) == []


@pytest.mark.parametrize(
    "text",
    [
        "Rus\u00adsie", "Russie\u00adne", "Russie\u2060ne", "Russie\u200dx", "anti-Russie", "Russielle", "xRussie",
        "Russie\u0301e", "\u0600Russie",
    ],
)  # fmt: skip
def test_names_are_not_found_inside_words(text: str) -> None:
    """A name is not found in a longer word or grapheme, joined by a hyphen, soft hyphen, joiner, mark or sign."""
    assert suggested(f"la {text} et", "fr") == []


def test_two_states_joined_by_a_hyphen_are_two_names() -> None:
    """Both names around a hyphen are labeled, because both are known."""
    assert texts(suggested("la frontière Russie-Ukraine", "fr")) == [("Russie", "Q159"), ("Ukraine", "Q212")]


def test_unknown_links_are_left_out() -> None:
    """A link that is not in the table of links is not suggested."""
    known = labeled("a dit Dupont", "fr", ("Dupont", "PER", "Q1"))
    assert texts(suggested("a dit Dupont", "fr", known)) == [("Dupont", None)]


def test_names_are_found_only_in_zones_of_their_language() -> None:
    """In a line in two languages, the German name of a country is not found in the French part."""
    text = "Ägypten - Les Ägypten"
    two_zones = [*strategies.body_zone("Ägypten", "de"), *strategies.body_zone(text, "fr")]
    two_zones[1] = {**two_zones[1], "start": 8}
    mentions = Suggester(learn_names([], LINKS, LAYER), LINKS).find_mentions(strategies.article(text), two_zones)
    assert [(each.start, each.end) for each in mentions] == [(0, 7)]


# --- labels


def test_schema_says_what_names_are() -> None:
    """Persons, places, forms and the labels of models are those that the schema declares."""
    assert (LAYER.persons, LAYER.places, LAYER.adjective) == (frozenset({"PER"}), frozenset({"GPE"}), "adjective")
    assert LAYER.blank_reading("ORG") == ("ORG", "name", None, (None,))
    assert LAYER.models["spacy"]["LOC"] == "GPE"
    assert "MISC" not in LAYER.models["spacy"]
    assert next(iter(LAYER.models["gliner"])) == "person"


# --- drafts over any text

_NAMES = st.sampled_from(
    ["Росія", "України", "Марк Рютте", "Рютте", "Corée du Nord", "Nord", "українських", "Russie", "Kim", "рф", "'", "-"]
)
_SCRAPS = st.sampled_from(
    [" ", "\n", "\n\n", "\u00a0", "\u200d", "\u00ad", "\u0301", "\U0001f468\u200d\U0001f469", "е"]
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[Zone]]:
    """Draw a text with known names, and zones of any kind over it."""
    any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4)
    apart = st.lists(_NAMES, max_size=6).map(lambda names: f" {' '.join(names)} ")  # names glued together are no names
    text = "".join(draw(st.lists(apart | _NAMES | _SCRAPS | any_text, max_size=12)))
    return text, strategies.zones(draw, text, [f"z{number}" for number in range(12)])


KNOWN = (
    labeled("у війні рф проти України", "uk", ("війні рф проти України", "EVT", "Q15860072"), ("рф", "GPE", "Q159"),
            ("України", "GPE", "Q212")),
    labeled("Kim en Corée du Nord, au Nord", "fr", ("Kim", "PER", "Q56226"), ("Corée du Nord", "GPE", "Q423")),
    labeled("du Nord", "fr", ("Nord", "GPE", "Q423")),
)  # fmt: skip
SUGGESTER = Suggester(learn_names(KNOWN, LINKS, LAYER), LINKS)


@given(pages())
def test_draft_of_any_text_is_valid(page: tuple[str, list[Zone]]) -> None:
    """A draft of any text passes the schema and all checks: mentions are slices of the content, never of furniture."""
    text, page_zones = page
    about = strategies.article(text)
    mentions = SUGGESTER.find_mentions(about, page_zones)
    draft = draft_document(about, page_zones, SUGGESTER, rule_labels(text, mentions, LAYER), [])
    assert SCHEMA.explain(draft) == []
    assert integrity.check_document(draft, about, page_zones, SCHEMA, LINKS, ()) == []
    furniture = [zone for zone in page_zones if zone["kind"] in FURNITURE_KINDS]
    for each in document_labels(draft, "entities"):
        assert text[each["start"] : each["end"]] == each["text"]
        assert not any(each["start"] < zone["end"] and zone["start"] < each["end"] for zone in furniture)


@given(pages())
def test_no_mention_splits_a_grapheme_or_a_word(page: tuple[str, list[Zone]]) -> None:
    """Mentions start and end at edges of graphemes and words, and overlap only if one contains the other."""
    text, page_zones = page
    mentions = SUGGESTER.find_mentions(strategies.article(text), page_zones)
    for start, end in [(zone["start"], zone["end"]) for zone in page_zones]:
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
    """Mentions and the rules' version do not depend on the order of the documents."""
    text, page_zones = page
    shuffled = list(KNOWN)
    random.shuffle(shuffled)
    other = Suggester(learn_names(shuffled, LINKS, LAYER), LINKS)
    about = strategies.article(text)
    assert rule_labels(text, other.find_mentions(about, page_zones), LAYER) == rule_labels(
        text, SUGGESTER.find_mentions(about, page_zones), LAYER
    )
    assert other.annotator == SUGGESTER.annotator


def test_version_of_the_rules_depends_only_on_rules_and_names() -> None:
    """The version in drafts is pinned: if it changed, every existing draft would differ."""
    assert SUGGESTER.annotator["version"] == "1+2f2f87ea73ac"


# --- the command


@pytest.fixture
def command(run: Command) -> Command:
    """Run the command in a process of its own."""
    return run


@pytest.fixture
def four(copy: Path) -> Path:
    """The five articles, one of them without labels."""
    for path in (copy / "annotations").glob("*/5ccec2fc13046f9d.json"):
        path.unlink()
    for name in ("clusters.jsonl", "decisions/1.jsonl"):
        (copy / "annotations" / name).write_text("")
    return copy


def drafted(root: Path) -> Path:
    """Return the path of the draft of the article without labels."""
    return root / "annotations" / "name-rules" / "5ccec2fc13046f9d.json"


def test_command_drafts_unlabeled_articles(four: Path, command: Command) -> None:
    """Only the unlabeled article is drafted; the draft is valid, states where its names are from, and is counted."""
    (four / "annotations" / "decisions" / "1.jsonl").unlink()
    done = command("suggest", "--root", four, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["articles"] == {"labeled": 4, "drafted": 1}
    draft = files.read_json(drafted(four), "draft")
    assert drafted(four).read_text(encoding="utf-8") == strict_json.pretty(draft)
    assert report["mentions"]["drafted"] == len(draft["entities"]) > 20
    assert draft["status"] == {"zones": "draft", "entities": "draft"}
    assert [each["kind"] for each in draft["annotators"]] == ["rule", "rule"]
    finals = [path.read_bytes() for path in (four / "annotations" / "final").iterdir()]
    assert set(draft["derived_from"]) <= {f"final@{digests.sha256(data)}" for data in finals}
    assert draft["updated"] == max(json.loads(data)["updated"] for data in finals)
    assert validate.validate_dataset(four) == []


def write_drafts(root: Path, *ids: str, renew: bool = False) -> draft_writer.DraftReport:
    """Draft the given articles, or all."""
    data = corpus.load_corpus(root)
    return draft_writer.write_drafts(data, ids or data.articles, None, renew, lambda: None)


def test_second_run_changes_nothing(four: Path) -> None:
    """A second run writes nothing and reports that."""
    write_drafts(four)
    before = drafted(four).stat()
    assert write_drafts(four).articles == {"same": 1, "labeled": 4}
    after = drafted(four).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_draft_that_differs_is_replaced_only_on_renew(four: Path) -> None:
    """A draft that other names would change is kept and reported; renewing replaces it, but never a person's work."""
    write_drafts(four)
    before = drafted(four).read_bytes()
    name = "annotations/name-rules/5ccec2fc13046f9d.json"
    (four / "annotations" / "final" / "31c112378dc0491b.json").unlink()
    assert write_drafts(four, "5ccec2fc13046f9d").kept == [name]
    assert drafted(four).read_bytes() == before
    assert write_drafts(four, "5ccec2fc13046f9d", renew=True).renewed == [name]
    assert drafted(four).read_bytes() != before
    draft = files.read_json(drafted(four), "draft")
    draft["annotators"].append({"id": "anna", "kind": "human", "name": None, "version": None})
    files.write_file(drafted(four), strict_json.pretty(draft))
    assert write_drafts(four, "5ccec2fc13046f9d", renew=True).kept == [name]
    assert files.read_json(drafted(four), "draft") == draft


def test_broken_draft_is_kept(four: Path) -> None:
    """A file in place of the draft that is not a document is kept and reported."""
    files.write_file(drafted(four), "{}")
    assert write_drafts(four, renew=True).kept == ["annotations/name-rules/5ccec2fc13046f9d.json"]
    assert drafted(four).read_text() == "{}"


def test_documents_of_missing_articles_are_ignored(four: Path) -> None:
    """A final document whose article is missing adds no names, and does not affect the others."""
    write_drafts(four)
    final = four / "annotations" / "final"
    draft = files.read_json(final / "31c112378dc0491b.json", "final")
    files.write_file(final / f"{'0' * 16}.json", strict_json.pretty({**draft, "article": "0" * 16}))
    assert write_drafts(four).articles == {"same": 1, "labeled": 4}


def test_rejects_unknown_articles(four: Path) -> None:
    """An unknown id is an issue, and nothing is written."""
    with pytest.raises(DataError, match="unknown-article: there is no article 0000000000000000"):
        write_drafts(four, "5ccec2fc13046f9d", "0000000000000000")
    assert not drafted(four).exists()


def test_drafts_a_dataset_without_labels(four: Path) -> None:
    """If nothing is labeled, drafts use the names in the table of links."""
    for name in ("final", "claude-c", "claude-d"):
        shutil.rmtree(four / "annotations" / name)
    assert write_drafts(four).articles == {"drafted": 5}
    assert files.read_json(drafted(four), "draft")["updated"] == "1970-01-01T00:00:00Z"


# --- the evaluation


def test_comparison_counts_mentions_and_names() -> None:
    """Each suggestion is counted once by its span; those with the right span also by type, form and links."""
    about = {"type": "GPE", "form": "name", "metonym_of": None}
    expected = [{**about, "start": 0, "end": 4, "text": "Kyiv", "link": "Q1"},
                {**about, "start": 5, "end": 9, "text": "Rome", "link": "Q2"},
                {**about, "start": 20, "end": 24, "text": "Kyiv", "link": "Q1"}]  # fmt: skip
    suggested = [{**about, "start": 0, "end": 4, "text": "Kyiv", "link": None},
             {**about, "start": 5, "end": 12, "text": "Rome sur", "link": "Q2"},
             {**about, "start": 30, "end": 34, "text": "Bonn", "link": None}]  # fmt: skip
    counts = leave_one_out.compare_labels(expected, suggested, LAYER)
    assert counts == Counter({
        "expected": 3, "suggested": 3, "exact": 1, "same type": 1, "same form": 1, "no link": 1,
        "same metonym_of": 1, "missed": 2, "overlapping": 1, "extra": 1, "names": 2, "names found": 1,
        "names missed": 1, "names extra": 2,
    })  # fmt: skip


def test_documentation_has_the_printed_figures(checkout: Path, command: Command) -> None:
    """The figures in docs/measurements.md are those of `pactwire suggest --leave-one-out`."""
    done = command("suggest", "--leave-one-out", "--root", checkout)
    assert done.returncode == 0
    assert done.stdout in (checkout / "docs/measurements.md").read_text(encoding="utf-8")


def test_evaluation_leaves_out_the_articles_own_labels(checkout: Path) -> None:
    """A name that only one article has is missed there, because its own labels are not used."""
    data = corpus.load_corpus(checkout)
    rows = {each.article: each.counts for each in leave_one_out.evaluate_drafts(data, None)}
    assert rows["5ccec2fc13046f9d"]["missed"] > 0
    assert rows[""]["other link"] == 0
    assert rows[""] == sum((counts for article, counts in rows.items() if article), Counter())
