"""Languages of pages, lines and parts of lines."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.text import languages
from support.examples import examples

SENTENCES = {
    "uk": "Генеральний секретар заявив, що військові вже задіяні у Курській області, і це значна ескалація.",
    "bg": "Генералният секретар каза, че войната в Украйна се подкрепя от няколко държави, които искат провал.",
    "ru": "Генеральный секретарь заявил, что военные уже находятся в области, и это серьёзная эскалация.",
    "be": "Генеральны сакратар заявіў, што вайскоўцы ўжо знаходзяцца ў вобласці, і гэта сур'ёзная эскалацыя.",
    "mk": "Генералниот секретар изјави дека војската веќе се наоѓа во областа и дека тоа е сериозна ескалација.",
    "sr": "Генерални секретар је изјавио да се војска већ налази у области и да је то озбиљна ескалација.",
    "fr": "Le secrétaire général a déclaré que les militaires se trouvent déjà dans la région de Koursk.",
    "de": "Der Generalsekretär erklärte, dass sich die Soldaten bereits in der Region befinden.",
    "en": "The secretary general said that the soldiers are already in the region, a serious escalation.",
    "es": "El secretario general dijo que los soldados ya están en la región y que es una escalada grave.",
    "it": "Il segretario generale ha detto che i soldati sono già nella regione e che è molto grave.",
    "pl": "Sekretarz generalny oświadczył, że żołnierze są już w obwodzie i że jest to poważna eskalacja.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_identifies_sentences(code: str) -> None:
    """A sentence is identified in each language of the dataset and in its nearest relatives."""
    assert languages.identify(SENTENCES[code])[0] == code


@pytest.mark.parametrize("code", SENTENCES)
def test_short_lines_follow_their_neighbors(code: str) -> None:
    """A name or a label, too short to be identified, has the language of the article."""
    page = languages.identify_page(
        ["NATO" if code not in "uk bg ru be mk sr" else "НАТО", SENTENCES[code]], [False, True]
    )
    assert page.lines == [code, code]


def test_furniture_can_have_another_language() -> None:
    """German labels below a French article are German, all of the block."""
    labels = ["Weitere Nachrichten aus der Redaktion", "Quellen", "Kommentare (0)"]
    page = languages.identify_page([SENTENCES["fr"], *labels], [True, False, False, False])
    assert page.lines == ["fr", "de", "de", "de"] and page.furniture == {"de"}


def test_another_script_means_another_language() -> None:
    """A short English line on a Ukrainian page is not Ukrainian."""
    page = languages.identify_page(["search and menu", SENTENCES["uk"]], [False, True])
    assert page.lines[1] == "uk" and page.lines[0] != "uk"


def test_text_without_letters_has_no_language() -> None:
    """Digits and punctuation have no language."""
    assert languages.identify("12 345 – 67 %") == ("und", 0.0)
    assert languages.identify_page(["* * *", SENTENCES["fr"]], [False, True]).lines == ["und", "fr"]


def _parts(text: str, *others: str, furniture: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return the parts of a content line above other paragraphs and lines of furniture."""
    content = [True] * (1 + len(others)) + [False] * len(furniture)
    page = languages.identify_page([text, *others, *furniture], content)
    return [(text[start:end], code) for start, end, code in page.parts[0]]


def test_splits_off_a_sentence_in_another_language() -> None:
    """A Ukrainian sentence in a Russian paragraph is a part of its own, with whole words at both ends."""
    assert _parts(f"{SENTENCES['ru']} {SENTENCES['uk']} {SENTENCES['ru']}", SENTENCES["ru"]) == [
        (SENTENCES["ru"], "ru"),
        (SENTENCES["uk"], "uk"),
        (SENTENCES["ru"], "ru"),
    ]


def test_splits_off_half_a_sentence_in_another_language() -> None:
    """The English end of a French sentence is found, and that of a Ukrainian sentence by its letters."""
    english = "that the soldiers are already in the region and that this was a very serious escalation."
    for code, start in (("fr", SENTENCES["fr"][:-1]), ("uk", SENTENCES["uk"][:-1])):
        parts = _parts(f"{start} {english} {SENTENCES[code]}", *[SENTENCES[code]] * 3)
        assert [own for _, own in parts] == [code, "en", code]
        assert parts[1][0].endswith("a very serious escalation.") and "soldiers are already" in parts[1][0]


@pytest.mark.parametrize(("before", "after", "cuts"), [("", "", True), ("« ", " »", False), ("“", "”", False)])
def test_keeps_a_quotation_in_its_sentence(before: str, after: str, cuts: bool) -> None:
    """English words in a French sentence are split off, but not in quotation marks."""
    english = "we will stand with our friends as long as it takes and we will never leave them alone again"
    text = (
        f"Le ministre des Affaires étrangères a déclaré mardi devant le parlement {before}{english}{after} "
        "avant de quitter la salle avec ses collègues du gouvernement."
    )
    parts = _parts(text, *(f"{SENTENCES['fr']} {end}." for end in ("Fin", "Oui", "Non", "Bon")))
    assert any(code == "en" and english in part for part, code in parts) == cuts


@pytest.mark.parametrize(
    "text",
    [
        "Die Zeitung New York Times und der Sender Fox News berichteten am Dienstag über den Fall.",
        "Le film « Once Upon a Time in the West » a été montré mardi à Bruxelles devant un grand public.",
        "Le ministre a dit à Paris « we will stand with our friends as long as it takes and more » avant de partir.",
        SENTENCES["bg"] + " " + SENTENCES["bg"],
    ],
)
def test_keeps_names_and_quotations(text: str) -> None:
    """Names and quotations in another language do not split a sentence."""
    assert _parts(text) == []


def test_splits_off_a_dateline_in_the_language_of_the_furniture() -> None:
    """A dateline is split off if the furniture of the page is in its language, and only then."""
    text = "Brüssel, Belgien - Les ministres ont dit mardi que la situation est grave."
    german = ("Weitere Nachrichten aus der Redaktion", "Quellen und Kommentare der Leser")
    polish = ("Czytaj także najnowsze wiadomości", "Komentarze czytelników i redakcji")
    assert _parts(text, SENTENCES["fr"]) == []
    assert _parts(text, SENTENCES["fr"], furniture=polish) == []
    assert _parts(text, SENTENCES["fr"], furniture=german) == [
        ("Brüssel, Belgien", "de"),
        ("- Les ministres ont dit mardi que la situation est grave.", "fr"),
    ]


def test_keeps_a_dateline_with_its_sentence() -> None:
    """If the whole first sentence is in the language of the furniture, its dateline is not split off."""
    german = "Brüssel, Belgien - Die Minister sagten am Dienstag, dass die Lage sehr ernst sei und Hilfe nötig werde."
    labels = ("Weitere Nachrichten aus der Redaktion", "Quellen und Kommentare der Leser")
    parts = _parts(f"{german} {SENTENCES['fr']} {SENTENCES['fr']}", *[SENTENCES["fr"]] * 3, furniture=labels)
    assert parts == [(german, "de"), (f"{SENTENCES['fr']} {SENTENCES['fr']}", "fr")]


@examples(150)
@given(
    st.lists(st.sampled_from(list(SENTENCES.values())) | st.text(max_size=30), min_size=1, max_size=5),
    st.sampled_from(["fr", "uk"]),
)
def test_parts_cover_the_line_in_order(pieces: list[str], language: str) -> None:
    """The parts of any line are in order, have no white space at their edges, and miss only white space."""
    text = " ".join(pieces).strip()
    label = "Weitere Nachrichten aus der Redaktion"
    page = languages.identify_page([text, SENTENCES[language], label], [True, True, False])
    at = 0
    for start, end, code in page.parts[0]:
        assert not text[at:start].strip() and text[start:end] == text[start:end].strip() != "" and len(code) in (2, 3)
        at = end
    assert not page.parts[0] or at == len(text)


def test_a_label_alone_has_no_language() -> None:
    """A name that could be in many languages has none unless there is text around it."""
    assert (
        languages.identify_page(["Putin"], [True]).lines
        == languages.identify_page(["Weather"], [True]).lines
        == ["und"]
    )
    assert languages.identify_page(["Putin", SENTENCES["pl"]], [True, True]).lines == ["pl", "pl"]
    assert languages.identify("NATO summit")[0] == "en"


def test_identifies_a_rare_language_in_enough_text() -> None:
    """An article in Welsh is Welsh, including its short lines, although short texts alone are not taken for Welsh."""
    text = "Dywedodd y gweinidog ddydd Mawrth fod y sefyllfa yn ddifrifol iawn ac y bydd angen cymorth ar bobl y wlad."
    assert languages.identify_page(["Newyddion", text], [False, True]).lines == ["cy", "cy"]


def test_import_loads_no_model() -> None:
    """The language model is loaded at its first use, so that commands start quickly."""
    code = "import sys, pactwire.text.zones; sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
