"""The language of pages, lines and parts of lines."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pactwire import languages

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
def test_sentence_is_identified(code: str) -> None:
    """A sentence in each language the dataset must tell apart is told, its nearest kin included."""
    assert languages.identify(SENTENCES[code])[0] == code


@pytest.mark.parametrize("code", SENTENCES)
def test_short_lines_follow_their_neighbours(code: str) -> None:
    """A name or a label, too short to identify, has the article's language."""
    page = languages.of_page(["NATO" if code not in "uk bg ru be mk sr" else "НАТО", SENTENCES[code]], [False, True])
    assert page.lines == [code, code]


def test_furniture_may_have_its_own_language() -> None:
    """German labels under a French article are German, all of the block."""
    labels = ["Weitere Nachrichten aus der Redaktion", "Quellen", "Kommentare (0)"]
    page = languages.of_page([SENTENCES["fr"], *labels], [True, False, False, False])
    assert page.lines == ["fr", "de", "de", "de"] and page.furniture == {"de"}


def test_another_script_is_another_language() -> None:
    """A short English line on a Ukrainian page is not Ukrainian."""
    page = languages.of_page(["search and menu", SENTENCES["uk"]], [False, True])
    assert page.lines[1] == "uk" and page.lines[0] != "uk"


def test_without_letters_the_language_is_unknown() -> None:
    """Digits and signs have no language."""
    assert languages.identify("12 345 – 67 %") == ("und", 0.0)
    assert languages.of_page(["* * *", SENTENCES["fr"]], [False, True]).lines == ["und", "fr"]


def test_sentence_in_another_language_is_cut_out() -> None:
    """A Ukrainian sentence in a Russian paragraph is a part of its own, with whole words at both ends."""
    text = f"{SENTENCES['ru']} {SENTENCES['uk']} {SENTENCES['ru']}"
    parts = languages.Page("ru").parts(text, "ru")
    assert [(text[start:end], code) for start, end, code in parts] == [
        (SENTENCES["ru"], "ru"),
        (SENTENCES["uk"], "uk"),
        (SENTENCES["ru"], "ru"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Die Zeitung New York Times und der Sender Fox News berichteten am Dienstag über den Fall.",
        "Le film « Once Upon a Time in the West » a été montré mardi à Bruxelles devant un grand public.",
        SENTENCES["bg"] + " " + SENTENCES["bg"],
    ],
)
def test_names_are_no_parts(text: str) -> None:
    """Foreign names in a sentence do not cut it."""
    assert languages.Page("x").parts(text, languages.identify(text)[0]) == []


def test_dateline_needs_furniture_of_its_language() -> None:
    """A dateline is cut off when the page around is written in its language, and otherwise left alone."""
    text = "Brüssel, Belgien - Les ministres ont dit mardi que la situation est grave."
    assert languages.Page("fr").parts(text, "fr") == []
    assert languages.Page("fr", furniture={"pl"}).parts(text, "fr") == []
    parts = languages.Page("fr", furniture={"de"}).parts(text, "fr")
    assert [(text[start:end], code) for start, end, code in parts] == [
        ("Brüssel, Belgien", "de"),
        ("- Les ministres ont dit mardi que la situation est grave.", "fr"),
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(list(SENTENCES.values())) | st.text(max_size=30), max_size=5),
    st.sampled_from(["fr", "uk"]),
)
def test_parts_cover_the_line_in_order(pieces: list[str], language: str) -> None:
    """Parts of any line come in order, with clean edges, and miss only white space."""
    text = " ".join(pieces).strip()
    parts = languages.Page(language, furniture={"de"}).parts(text, language)
    at = 0
    for start, end, code in parts:
        assert not text[at:start].strip() and text[start:end] == text[start:end].strip() != "" and len(code) == 2
        at = end
    assert not parts or at == len(text)


def test_importing_loads_no_model() -> None:
    """The identifier is loaded when first used, so that the command starts quickly."""
    code = "import sys, pactwire.zones; sys.exit('py3langid' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
