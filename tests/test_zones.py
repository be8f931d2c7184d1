"""Zones by rule: exact on the five articles, valid on any text, and sensible on unseen pages."""

import json
import re
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from pactwire.model.records import CONTENT_KINDS, FURNITURE_KINDS, Zone
from pactwire.text import script_properties, zones
from pactwire.text.line_features import split_lines
from support.examples import examples

ROOT = Path(__file__).parents[1]
GOLDEN = sorted((ROOT / "tests" / "golden" / "zones").glob("*.json"))

# Lines to build pages from, so that drawn pages have runs, repeats, cues and sentences in two languages.
LINES = [
    "",
    " ",
    "\u00a0\u2028\u0085\t",
    "* Menu",
    "Comments (3)",
    "Сподели:",
    "12. Januar 2022",
    "La Russie livre des armes à la Corée du Nord",
    "Der Minister sagte am Dienstag, dass die Lage sehr ernst sei und Hilfe nötig werde.",
    "Le ministre a dit que la situation est grave. The minister said that the situation was serious. Fin.",
    "Brüssel, Belgien - Les ministres ont dit mardi que la situation est très grave pour tout le monde.",
    "\U0001f680 10 000 soldats…",
]
PAGES = st.lists(st.sampled_from(LINES) | st.text(max_size=60), max_size=14).map("\n".join)
TEXTS = st.text(max_size=200) | PAGES


def _read(name: str) -> str:
    return (ROOT / "dataset" / "raw" / f"{name}.txt").read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def _page(*lines: str) -> list[tuple[str, str]]:
    source = "\n".join(lines)
    return [(zone["kind"], source[zone["start"] : zone["end"]]) for zone in zones.detect_zones(source)]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_articles_have_the_expected_zones(path: Path) -> None:
    """Kind, language, origin and end of every zone of the five articles match those written by hand."""
    source = _read(path.stem)
    rows: list[tuple[int, str, str, str, str]] = []
    for zone in zones.detect_zones(source):
        line_end = (source + "\n").index("\n", zone["start"])
        rest = source[zone["end"] : line_end].strip()
        last_words = source[zone["start"] : zone["end"]] if rest else ""
        line = source.count("\n", 0, zone["start"]) + 1
        rows.append((line, zone["kind"], zone["language"], zone["origin"], last_words))
    expected = json.loads(path.read_text(encoding="utf-8"))
    assert [list(row[:4]) for row in rows] == [row[:4] for row in expected]
    assert all(
        row[4].endswith(want[4]) and bool(row[4]) == bool(want[4]) for row, want in zip(rows, expected, strict=True)
    )


def test_all_five_articles_have_a_golden_file() -> None:
    """The golden files cover all five articles."""
    assert {path.stem for path in GOLDEN} == {path.stem for path in (ROOT / "dataset" / "raw").glob("*.txt")}


def test_an_untranslated_part_is_one_zone() -> None:
    """The untranslated English of the first article is one zone, from its first word to its last."""
    source = _read("000_c1c877da5f8dd539")
    english = [source[z["start"] : z["end"]] for z in zones.detect_zones(source) if z["language"] == "en"]
    assert english == [
        "According to Berliner Zeitung In June, both countries signed an agreement on a strategic partnership, "
        "the mutual support in the event of attack western"
    ]


def _assert_valid(source: str, found: list[Zone]) -> None:
    covered: set[int] = set()
    for zone in found:
        text = source[zone["start"] : zone["end"]]
        assert text and text == text.strip() and "\n" not in text
        assert zone["kind"] in (*CONTENT_KINDS, *FURNITURE_KINDS)
        assert zone["language"] == "und" or (len(zone["language"]) == 2 and zone["language"].isalpha())
        assert zone["origin"] in ("unknown", "untranslated") and zone["by"] == ["zone-rules"]
        covered.update(range(zone["start"], zone["end"]))
    assert all(before["end"] <= after["start"] for before, after in pairwise(found))
    assert {at for at, char in enumerate(source) if not char.isspace()} <= covered
    assert [zone["id"] for zone in found] == [f"z{number}" for number in range(1, len(found) + 1)]


@examples(300)
@given(TEXTS)
@example("")
@example(" \n\t\u00a0\u2028\u0085\n")
@example("a\u2028b\u0085c\x0bd\x1ce")
def test_zones_tile_any_text(source: str) -> None:
    """Zones cover all but white space exactly once, in order, with trimmed edges and known values."""
    _assert_valid(source, zones.detect_zones(source))


@examples(200)
@given(PAGES)
def test_a_repeated_line_is_content_in_the_body_only(source: str) -> None:
    """Of equal lines only the first can be content, unless all are lines of the body."""
    kinds: dict[str, set[str]] = {}
    starts = {zone["start"]: zone["kind"] for zone in zones.detect_zones(source)}
    at = 0
    for raw in source.split("\n"):
        text = raw.strip()
        if text:
            kind = starts[at + len(raw) - len(raw.lstrip())]
            assert (
                text not in kinds
                or kind not in CONTENT_KINDS
                or {kind} | kinds[text] <= {"body", "heading", "duplicate"}
            )
            kinds.setdefault(text, set()).add(kind)
        at += len(raw) + 1


@examples(50)
@given(TEXTS)
def test_zones_are_deterministic(source: str) -> None:
    """The same text has the same zones, whatever was processed in between."""
    first = zones.detect_zones(source)
    zones.detect_zones("Something else was read in between, and it was a sentence.")
    assert zones.detect_zones(source) == first


def test_lines_end_at_line_feeds_only() -> None:
    """U+2028 and U+0085 do not end a line, unlike in str.splitlines."""
    assert len(zones.detect_zones("Один\u2028два\u0085три\nчетыре")) == 2


SPANISH = [
    "El ministro de Defensa dijo el martes que su país no enviará más tropas a la frontera este año.",
    "«La situación es grave», añadió después de una reunión de tres horas con los embajadores de la región.",
    "Los analistas creen que la decisión cambiará poco, porque el acuerdo firmado en junio sigue en vigor.",
]


def test_separates_an_article_from_its_page() -> None:
    """Menus above an article, and share buttons, teasers and legal lines below it, are furniture."""
    page = _page(
        "* Inicio", "* Deportes", "+ Fútbol", "Internacional", "",
        "El ministro descarta enviar más tropas a la frontera", "", "12 de junio de 2024", "",
        SPANISH[0], "", SPANISH[1], "", "Las reacciones", "", SPANISH[2], "",
        "Compartir", "Lea también", "Otra noticia sobre un asunto del todo distinto",
        "* Contacto", "© 2024 Todos los derechos reservados",
    )  # fmt: skip
    assert [kind for kind, _ in page] == [
        "menu", "menu", "menu", "section", "title", "date", "body", "body", "heading", "body",
        "share", "related", "related", "menu", "other",
    ]  # fmt: skip


# Article 1 of the Universal Declaration of Human Rights, or its first sentence.
ARTICLE_1 = {
    "am": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው። የተፈጥሮ ማስተዋልና ሕሊና ስላለው አንዱ ሌላውን በወንድማማችነት መንፈስ መመልከት ይገባዋል።",
    "bo": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་དང༌། ཐོབ་ཐངགི་རང་དབང་འདྲ་མཉམ་དུ་ཡོད་ལ།",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "hy": "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։",
    "ja": "すべての人間は、生れながらにして自由であり、「かつ、尊厳と権利とについて平等である。」",
    "km": "មនុស្សទាំងអស់កើតមកមានសេរីភាពនិងសមភាពក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរនិងសិទ្ធិ។",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "my": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော အခွင့်အရေးများဖြင့် လည်းကောင်း၊ မွေးဖွားလာသူများ ဖြစ်သည်။",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ",
    "ur": "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ انہیں ضمیر اور عقل ودیعت ہوئی ہے۔",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
}


@pytest.mark.parametrize("language", ARTICLE_1)
def test_finds_an_article_in_any_script(language: str) -> None:
    """Paragraphs are content with the sentence ends and without the word spaces of their script, and labels are not."""
    sentence = ARTICLE_1[language]
    label = sentence[:3].strip()
    paragraph = sentence * 2 if language in ("bo", "th") else sentence
    page = _page(*[f"{label} {n}" for n in range(9)], "", *[f"{n} {paragraph}\n" for n in range(4)], f"{label} 9")
    assert [kind in CONTENT_KINDS for kind, _ in page][9:] == [True] * 4 + [False]


# Eight to eleven words of 30 to 49 code points, a paragraph each, in scripts that write syllables or no vowels.
SHORT_PARAGRAPHS = {
    "am": [
        "ወጪው ስምንት ቢሊዮን ብር ገደማ ሲሆን መንግሥት ግማሹን ይሸፍናል።",
        "ከንቲባው በጋዜጣዊ መግለጫ ላይ የብዙ ዓመታት ሕልም እውን ሆነ ብለዋል።",
        "በሌላ በኩል በወንዙ አቅራቢያ የሚኖሩ ሰዎች ስለ ጫጫታ ስጋታቸውን ገልጸዋል።",
        "ድልድዩ ሲጠናቀቅ የጉዞ ጊዜ በአማካይ በአሥራ አምስት ደቂቃ ይቀንሳል።",
    ],
    "he": [
        "ראש העיר אמר לנו אמש כי החלום הישן התגשם.",
        "הגשר החדש על הנהר יעלה שמונה מיליארד שקל.",
        "מי שגר שם ליד הנהר חושש מאוד מן הרעש.",
        "בחודש הבא יהיו בעיר שלוש פגישות עם הציבור.",
    ],
    "ar": [
        "قال عمدة المدينة إن حلم كل السنين قد تحقق.",
        "سيكلف الجسر نحو ثمانية مليارات من مال الدولة.",
        "من جهة أخرى يخشى سكان ضفة النهر من الضجيج.",
        "حين يفتح الجسر سيقل وقت السفر ربع ساعة.",
    ],
}  # fmt: skip


@pytest.mark.parametrize("language", SHORT_PARAGRAPHS)
def test_paragraphs_of_dense_scripts_are_long_with_few_letters(language: str) -> None:
    """They are content in any order; as many Latin letters are a caption or a label."""
    paragraphs = SHORT_PARAGRAPHS[language]
    assert all(36 <= len(each) < 50 for each in paragraphs)
    title = " ".join(paragraphs[1].split()[:5])
    for order in (paragraphs, paragraphs[::-1]):
        assert [kind for kind, _ in _page(title, "", "\n\n".join(order))] == ["title", *["body"] * 4]
        assert all(line.prose for line in split_lines("\n".join(order)))
    assert not split_lines("I do not know what it is all for.")[0].prose
    assert not split_lines("እ I do not know what it is all for at all.")[0].prose


def test_ends_of_scripts_are_no_titles() -> None:
    """A heading ends with a question's or an exclamation's mark, but with no other mark, in any script."""
    ends = {
        "።": True,
        "။": True,
        "，": True,
        "…": True,
        "：": True,
        "؟": False,
        "！": False,
        "?": False,
        "a": False,
        "»": False,
    }
    assert {mark: script_properties.ends_unfinished(f"a{mark}") for mark in ends} == ends


def test_ends_without_a_name_are_no_titles() -> None:
    """Nor with a mark that `regex` knows and Python's version of Unicode, which may be older, has no name for."""
    terminal = regex.compile(r"\p{Terminal_Punctuation}")
    marks = [each for each in map(chr, range(sys.maxunicode + 1)) if terminal.match(each)]
    assert len(marks) > 200
    found = [each for each in marks if not script_properties.ends_unfinished(f"a{each}")]
    assert all(re.search("QUESTION|EXCLAMATION", unicodedata.name(each)) for each in found)


def test_long_comments_are_not_content() -> None:
    """What readers wrote below the heading of the comments is furniture, although it is prose."""
    replies = [f"Ich finde, dass der Artikel Nummer {n} sehr gut ist, und danke dafür." for n in range(9)]
    page = _page(
        "Minister reist nach Seoul und spricht über Hilfe", "",
        "Der Minister ist am Montag nach Seoul gereist, um dort mit der Regierung über Hilfe zu sprechen.", "",
        "Er sagte, dass beide Länder seit vielen Jahren gute Partner seien und es auch bleiben wollten.", "",
        "Am Abend traf er den Präsidenten, der ihm für den Besuch dankte und eine Einladung annahm.", "",
        "9 Kommentare", *replies,
    )  # fmt: skip
    assert [kind for kind, _ in page] == ["title", "body", "body", "body", *["comments"] * 10]


@pytest.mark.parametrize("below", [["", "Kommentare", "", "© 2024"], ["", "© 2024"]])
def test_a_comments_button_above_the_article_is_no_heading(below: list[str]) -> None:
    """What follows a button above or inside an article is no comment, with a heading of the comments below or not."""
    paragraphs = [f"{text} Absatz {n}." for n, text in enumerate(GERMAN * 3)]
    assert _kinds(*paragraphs[:3], "", "Kommentare", "", *paragraphs[3:], *below)[:13] == [
        *["body"] * 3, "comments", *["body"] * 9,
    ]  # fmt: skip
    assert _kinds("Kommentare (12)", "", *paragraphs, *below)[1:13] == ["body"] * 12


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("am", "አስተያየቶች"), ("hi", "टिप्पणियाँ"), ("hy", "Մեկնաբանություններ"), ("ja", "コメント一覧"),
        ("he", "תגובות"), ("km", "មតិយោបល់"), ("my", "မှတ်ချက်များ"), ("th", "ความคิดเห็น"), ("zh", "评论"),
    ],
)  # fmt: skip
def test_comments_are_known_below_a_button_in_any_script(language: str, label: str) -> None:
    """What follows the heading of the comments is furniture although a button like it stands above the article."""
    paragraph = {**ARTICLE_1, "he": SHORT_PARAGRAPHS["he"][0]}[language] * (2 if language == "th" else 1)
    article = [f"{n} {paragraph}\n" for n in range(8)]
    found = _kinds(f"{label} (2)", "", *article, label, *[f"{n} {paragraph}" for n in range(8, 10)])
    assert found == ["comments", *["body"] * 8, *["comments"] * 3]


def test_the_last_of_several_cues_is_the_heading_of_the_comments() -> None:
    """If comments are longer than the article, what is above their heading is content in spite of a button in it."""
    paragraphs = [f"{text} Absatz {n}." for n, text in enumerate(GERMAN * 2)][:6]
    replies = [f"{text} Antwort {n}." for n, text in enumerate(GERMAN * 2)]
    found = _kinds(*paragraphs[:4], "Kommentare (8)", *paragraphs[4:], "Kommentare", *replies)
    assert found == [*["body"] * 4, "comments", *["body"] * 2, *["comments"] * 9]


def test_a_line_that_recurs_in_an_article_is_content() -> None:
    """A question to each of several people is content, also two lines of a refrain; a label that recurs is not."""
    question = "Was essen Sie selbst am liebsten?"
    interview = _kinds(GERMAN[0], question, GERMAN[1], question, GERMAN[2], question, GERMAN[3])
    assert set(interview) == {"body", "heading"}
    verses = [f"{n}. {' '.join(GERMAN)}" for n in range(4)]
    refrain = ["So singen wir,", "so klingen wir"]
    assert set(_kinds(*verses[:2], *refrain, verses[2], *refrain, verses[3])) <= {"body", "heading"}
    label = "Jetzt kaufen"
    assert _kinds(*verses[:2], label, verses[2], label, verses[3]).count("duplicate") == 1


@pytest.mark.parametrize("question", ["Why?", "What do you think of the bridge?", "您对新桥有什么看法？"])
@pytest.mark.parametrize("name", ["", "Ann Poe, {}"])
@pytest.mark.parametrize("menu", [[], ["Home", "News", "Sports"]])
def test_a_question_that_recurs_from_the_first_line_is_no_title(menu: list[str], name: str, question: str) -> None:
    """An interview without an introduction has its title and all its questions, also those above a name."""
    title = "Five mayors on the new bridge"
    answers = ["\n\n".join([question, *[name.format(n)] * bool(name), text]) for n, text in enumerate(GERMAN)]
    page = _page(*menu, "", title, "", "\n\n".join(answers))
    content = [(kind, text) for kind, text in page if kind in CONTENT_KINDS]
    assert content[0] == ("title", title)
    assert [text for _, text in content].count(question) == len(GERMAN)
    assert len(content) == 1 + (3 if name else 2) * len(GERMAN)


def test_a_long_question_that_recurs_is_no_title() -> None:
    """A question of a paragraph's length is not either, although it has more words than the title."""
    question = "What do you and all your neighbors think of the plan to build another bridge?"
    title = "Five mayors on the new bridge"
    page = _page(title, "", "\n\n".join(f"{question}\n\n{text}" for text in GERMAN))
    assert [kind for kind, _ in page] == ["title", *["body"] * 2 * len(GERMAN)]


def test_a_title_that_recurs_is_no_question() -> None:
    """A line that is no sentence is the title however often it recurs, and a question is if it recurs once."""
    for title, times in (("Five mayors on the new bridge", 3), ("What do five mayors think of the bridge?", 1)):
        text = [each for n, text in enumerate(GERMAN) for each in ([title, text] if n <= times else [text])]
        assert _page("\n\n".join(text))[0] == ("title", title)


def test_text_without_paragraphs_is_content() -> None:
    """A headline alone is content: a page does not need prose."""
    assert _page("Kim meets Putin in Moscow") == [("body", "Kim meets Putin in Moscow")]


BODY = (
    "The town has asked the museum to return nine marble heads that were taken from its temple. It waits for an answer."
)


@pytest.mark.parametrize(
    ("last", "kinds"),
    [
        (["The mayor called the offer an insult."], ["body"]),
        (["وعرضت سلمى ناصر إعارة القناع لعامين.", "Nobody answered her."], ["body", "body"]),
        (["The mayor called the offer an insult.", "Home", "News"], None),
        (["All rights reserved to the town."], None),
        (["More about museums"], None),
    ],
)
def test_short_sentences_alone_end_an_article(last: list[str], kinds: list[str] | None) -> None:
    """A text without a page around it may end with a short paragraph; below it, a page has more than sentences."""
    found = _kinds("Marbles to go home", BODY, *last)[2:]
    assert found == kinds if kinds else not set(found) & set(CONTENT_KINDS)


def test_a_quotation_is_not_untranslated() -> None:
    """A quotation in another language belongs to the sentence around it."""
    page = _page(
        "Der Präsident sprach am Dienstag vor dem Parlament über die Lage. "
        "„We will stand with our friends as long as it takes and never leave them alone.“ "
        "Danach verließ er den Saal, ohne weitere Fragen zu beantworten."
    )
    assert len(page) == 1


GERMAN = [
    "Der Minister ist am Montag nach Seoul gereist, um dort mit der Regierung über Hilfe zu sprechen.",
    "Er sagte, dass beide Länder seit vielen Jahren gute Partner seien und es auch bleiben wollten.",
    "Am Abend traf er den Präsidenten, der ihm für den Besuch dankte und eine Einladung annahm.",
    "Beobachter sehen in dem Besuch ein Zeichen dafür, dass die Spannungen bald nachlassen könnten.",
]


def _kinds(*lines: str) -> list[str]:
    return [kind for kind, _ in _page("Minister reist nach Seoul und spricht über Hilfe", "", *lines)][1:]


@pytest.mark.parametrize("credit", ["(Foto: Anna Beispiel)", "Bild: Anna Beispiel", "/ Reuters", "(Getty Images)"])
def test_a_long_line_that_ends_with_a_credit_is_a_caption(credit: str) -> None:
    """A credit at its end makes a sentence a caption, inside the body and above it."""
    caption = f"Der Minister und der Präsident gehen am Montag in Seoul durch den Garten. {credit}"
    assert _kinds(GERMAN[0], caption, GERMAN[1]) == ["body", "caption", "body"]
    assert _kinds(caption, "", "Von Anna Beispiel", "", *GERMAN)[0] == "caption"


@pytest.mark.parametrize(
    "link", ["MEHR: Was der Besuch kostet", "MIRA | El ministro en Seúl", ">> Der Minister privat <<"]
)
def test_links_between_paragraphs_are_not_content(link: str) -> None:
    """Capitals before a bar or a colon, or an arrow, make a line a link; a question in an interview is not one."""
    assert _kinds(*GERMAN[:2], "", link, "", *GERMAN[2:]) == ["body", "body", "related", "body", "body"]
    assert _kinds(*GERMAN[:2], "", "ZEITUNG: Was sagen Sie dazu?", "", *GERMAN[2:])[2] != "related"


def test_a_note_about_the_author_is_not_content() -> None:
    """A last paragraph about a person whose name has a line of its own on the page is not part of the article."""
    about = "Anna Beispiel ist seit vielen Jahren Korrespondentin und schreibt über die Länder in Ostasien."
    assert _kinds(*GERMAN, "", "Anna Beispiel", about) == [*["body"] * 4, "related", "related"]
    assert _kinds(*GERMAN, "", about)[-1] == "body"


def test_many_truncated_lines_are_teasers() -> None:
    """Five truncated lines below an article are teasers; a single one may be a style of the author."""
    cut = [f"Nummer {n}: {text[:-1]} …" for n, text in enumerate([*GERMAN, GERMAN[0]])]
    assert _kinds(*GERMAN, "", *cut)[4:] == ["related"] * 5
    assert _kinds(*GERMAN, cut[0], GERMAN[1] + " Ende.")[4] == "body"


def test_a_short_notice_after_a_gap_is_not_content() -> None:
    """A last paragraph after a label is cut off if it is tiny compared with the article."""
    notice = "Haben Sie Fragen zu diesem Thema, dann rufen Sie uns bitte einfach an."
    long = [f"{text} {GERMAN[n % 3]} Absatz {n}." for n, text in enumerate(GERMAN * 8)]
    assert _kinds(*long, "", "Hinweis", notice)[-1] != "body"
    assert _kinds(*GERMAN, "", "Hinweis", notice)[-1] == "body"
