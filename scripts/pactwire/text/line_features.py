"""Features of the lines of a page: size, end, marker, and the cues of web furniture.

The numbers and words are few on purpose: form decides first, and the word lists have only what is on news pages
everywhere (comments, share, read also, search, rights), in the languages we know.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pactwire.text import script_properties

_MARKER: Final = re.compile(r"(?:[*+•·▪▸►○●◦‣>|#]|[o\-–—»›](?=\s))\s*")
_ARROW: Final = re.compile(r"(?:>|»\s|→|▸|►|▶|➔|⇒)+")
_DIGIT: Final = re.compile(r"\d")
_NUMBER_DATE: Final = re.compile(r"\b\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}\b")
_DATE: Final = re.compile(
    rf"{_NUMBER_DATE.pattern}"
    r"|\b\d{1,2}(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+)?[^\W\d]{3,}\.?,?\s+(?:de\s+)?(?:19|20)\d\d\b"
    r"|[^\W\d]{3,}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d\b"
    r"|(?:19|20)\d\d\s?年"
    r"|\b\d{1,2}[:.]\d\d\s*(?:uhr|am|pm|h)\b|\b\d{1,2}:\d\d\b|\b\d{1,2}h\d\d\b",
    re.IGNORECASE,
)


def _alternatives(text: str) -> str:
    return "|".join(sorted((re.escape(word) for word in text.split("/")), key=len, reverse=True))


# Each cue starts a line; a line longer than the limit, in words, is prose that happens to start this way.
_CUES: Final = {
    "comments": (6, _alternatives(
        "comments/comment/view comments/show comments/hide comments/leave a comment/"
        "leave a reply/post a comment/join the conversation/kommentare/kommentar/kommentieren/"
        "commentaires/commentaire/comentarios/comentários/commenti/reacties/kommentarer/"
        "kommentit/komentarze/komentáře/komentari/hozzászólások/yorumlar/comentarii/комментарии/"
        "комментарий/коментарі/коментар/коментари/каментары/коментарите/σχόλια/评论/評論/コメント/댓글/"
        "التعليقات/تعليقات/תגובות/टिप्पणियाँ/टिप्पणियां/մեկնաբանություններ/コメント一覧/មតិយោបល់/မှတ်ချက်များ/"
        "ความคิดเห็น/አስተያየቶች"
    )),
    "share": (8, _alternatives(
        "share/share this/share on/tweet/facebook/twitter/whatsapp/telegram/pinterest/email/"
        "teilen/merken/drucken/partager/compartir/compartilhar/condividi/delen/dela/jaa/"
        "udostępnij/sdílet/zdieľať/podeli/podijeli/megosztás/paylaş/distribuie/поделиться/"
        "поделитесь/поділитися/поширити/падзяліцца/сподели/споделете/подели/κοινοποίηση/分享/シェア/"
        "공유/شارك/print/like this/gefällt mir"
    )),
    "related": (9, _alternatives(
        "related/read also/read more/see also/more from/more on/more stories/most read/"
        "more/mehr/siehe auch/weitere inhalte/weiterlesen/ver también/"
        "most popular/trending/recommended/you may also like/latest news/popular/don't miss/"
        "up next/lesen sie auch/lesen sie mehr/mehr zum thema/mehr zu/mehr von/auch interessant/"
        "das könnte sie auch interessieren/meistgelesen/weitere artikel/weitere news/"
        "weitere themen/weitere meldungen/ähnliche artikel/ähnliche beiträge/zum thema/verwandte/"
        "lire aussi/à lire aussi/lire la suite/sur le même sujet/les plus lus/articles liés/"
        "à voir aussi/lea también/lee también/leer más/te puede interesar/noticias relacionadas/"
        "relacionados/más noticias/lo más leído/leia também/leia mais/mais lidas/veja também/"
        "leggi anche/potrebbe interessarti/articoli correlati/ti potrebbe interessare/lees ook/"
        "meer over/läs också/läs mer/les også/læs også/lue myös/luetuimmat/czytaj także/"
        "czytaj też/czytaj więcej/zobacz także/zobacz też/polecane/čtěte také/související/"
        "olvassa el/citește și/čitaj/pročitajte/читайте также/читайте також/читайте ще/"
        "читайте еще/читайте ещё/чытайце таксама/прочетете още/вижте още/още по темата/"
        "прочитајте/повеќе/похожие/по теме/за темою/новости по теме/популярное/популярне/"
        "најчитано/най-четени/свързани/останні новини/последние новости/διαβάστε επίσης/"
        "ilgili haberler/相关/関連/関連記事/관련/اقرأ أيضا/ذات صلة"
    )),
    "menu": (5, _alternatives(
        "menu/search/home/skip to/jump to/log in/login/sign in/sign up/register/subscribe/"
        "navigation/main menu/newsletter/back to top/close/next/previous/suche/suchen/menü/"
        "anmelden/registrieren/startseite/zum inhalt/abonnieren/zurück/weiter/nach oben/accueil/"
        "recherche/rechercher/connexion/s'inscrire/s'abonner/aller au/inicio/buscar/"
        "iniciar sesión/suscríbete/ir al/cerca/accedi/abbonati/vai al/szukaj/zaloguj/"
        "strona główna/hledat/přihlásit/zoeken/sök/haku/arama/ana sayfa/поиск/войти/меню/главная/"
        "подписаться/пошук/увійти/головна/підписатися/търсене/вход/начало/абонирай/пребарај/"
        "почетна/галоўная/首页/検索/검색"
    )),
    "other": (14, _alternatives(
        "©/copyright/all rights reserved/alle rechte vorbehalten/tous droits réservés/"
        "todos los derechos/tutti i diritti/wszelkie prawa/все права/усі права/всички права/"
        "advertisement/anzeige/werbung/publicité/publicidad/pubblicità/reklama/реклама/sponsored/"
        "privacy policy/datenschutz/impressum/terms of/mentions légales/cookie/cookies/tags/tag/"
        "schlagwörter/schlagworte/stichworte/themen/mots-clés/etiquetas/temas/теги/тэги/етикети/"
        "filed under/abgelegt unter/posted in/categories/kategorie/kategorien/source/quelle/"
        "quellen/fuente/fonte/javascript/please enable"
    )),
    "byline": (12, _alternatives(
        "by/von/par/por/di/written by/posted by/author/autor/autorin/auteur/autore/"
        "redaktion/редакция/автор/tekst/door/av/af/veröffentlicht/publicado/publié/"
        "published/updated/aktualisiert/erstellt"
    )),
}  # fmt: skip
_CUE: Final = re.compile(
    r"(?<![^\W\d_])(?:" + "|".join(f"(?P<{kind}>{words})" for kind, (_, words) in _CUES.items()) + r")(?![^\W\d_])",
    re.IGNORECASE,
)
_CUE_WORDS: Final = {kind: limit for kind, (limit, _) in _CUES.items()}
# Legal and cookie notices are long and punctuated like prose; these words give them away anywhere.
_NOTICES: Final = (
    "©", "cookie", "all rights reserved", "rechte vorbehalten", "tous droits réservés", "derechos reservados",
    "diritti riservati", "wszelkie prawa", "все права", "усі права", "всички права", "privacy policy",
    "datenschutzerklärung", "terms of use", "terms of service", "javascript", "adblock", "newsletter",
    "subscribe", "sign up ", "our app", "unlimited access", "become a member", "ad blocker", "your browser",
    "your email", "your inbox", "follow us on", "community guidelines", "terms and conditions", "& conditions",
    "datenschutzbestimmungen", "datenschutzhinweis", "deine e-mail-adresse", "ihre e-mail-adresse", "adresse e-mail",
    "correo electrónico",
)  # fmt: skip
_NOTICE_WORDS: Final = 80
# Longer lines are not labels; the limit keeps the patterns for dates linear on a line without spaces.
_LABEL_WORDS: Final = 14
_LABEL_SIZE: Final = 200
_CREDIT: Final = re.compile(
    r"(?:^|[(\[|/]|[.!?]\s)\s*(?:photo|foto|fotos|bild|bildquelle|image|picture|credit|crédit|getty|imago|"
    r"kuva|fot\.|фото|снимка|снимки|фотографія|写真|사진)\b|"
    r"\b(?:getty images|reuters/|afp/|ap photo|via ap|dpa/)|vergrößern",
    re.IGNORECASE,
)


# At the end of a paragraph-long line a credit must look like one: "(Foto: …)", "Bild: …", "… / Getty Images".
_CREDIT_WORDS: Final = (
    "photo", "foto", "fotos", "bild", "bilder", "image", "picture", "credit", "crédit", "copyright", "źródło", "kuva",
    "фото", "снимка", "фотографія", "screen grab", "screenshot", "archiv", "archivo",
)  # fmt: skip
_AGENCIES: Final = ("getty images", "getty", "afp", "reuters", "ap", "epa", "dpa", "imago")
_CREDIT_END: Final = re.compile(
    rf"[(\[|/.!?…]\s*(?:{'|'.join(_CREDIT_WORDS)})\b[^.!?]{{0,60}}$|[^\w](?:{'|'.join(_AGENCIES)})[)\]]?$"
)
_CREDIT_TAIL: Final = 80
# "READ MORE | …", "MIRA: …": capitals, then a bar or a colon, then a headline.
_LEAD_IN: Final = re.compile(r"([^\W\d_]{2,}(?:\s[^\W\d_]{2,}){0,2})\s?[|:]\s")
# How long such a line is at most, and what it does not end with.
_POINTER_WORDS: Final = 30
_FINISHED: Final = '.!?…”“»"'
_NAME: Final = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]*)*$")
_CUT: Final = re.compile(r"(?:\.\.\.|…)\]?$")


@dataclass(slots=True)
class PageLine:
    """A line that is not blank: its stripped text, which is at ``start`` in the source text, and its features.

    ``size`` and ``words`` are those of `script_properties`. ``after_blank`` is true if there is a blank line before it.
    ``cue`` is a furniture kind or empty.
    """

    start: int
    text: str
    after_blank: bool
    size: int = 0
    words: int = 0
    ends_sentence: bool = False
    has_inner_sentence_end: bool = False
    has_marker: bool = False
    cue: str = ""
    notice: bool = False
    credit: bool = False
    has_date: bool = False
    is_truncated: bool = False

    @property
    def end(self) -> int:
        """The end of the line's text, half-open."""
        return self.start + len(self.text)

    @property
    def name(self) -> str:
        """The name that the line consists of (two to four capitalized words) or that its byline has; else empty."""
        words = self.text.split()
        if self.cue == "byline":
            words = words[1:]
        if 2 <= len(words) <= 4 and all(word[0].isupper() and _NAME.match(word) for word in words):
            return " ".join(words)
        return ""

    @property
    def is_unfinished(self) -> bool:
        """Whether the line ends as headlines and headings do not: with a mark other than of a question or an outcry."""
        return script_properties.ends_unfinished(self.text)

    @property
    def is_long(self) -> bool:
        """Whether the line is as long as a paragraph."""
        return script_properties.is_long(self.text, self.size, self.words)

    @property
    def prose(self) -> bool:
        """Whether the line reads as a paragraph: it is long, and sentences end in it."""
        if self.ends_sentence and self.is_long:
            return True
        return self.size >= 140 and self.has_inner_sentence_end


def split_lines(source: str) -> list[PageLine]:
    """Return the lines of a text that are not blank, in order; they end at LF only and are trimmed by ``str.strip``."""
    return [_measure(line) for line in _stripped_lines(source)]


def _stripped_lines(source: str) -> Iterator[PageLine]:
    at, gap = 0, False
    for raw in source.split("\n"):
        text = raw.strip()
        if text:
            yield PageLine(at + len(raw) - len(raw.lstrip()), text, gap)
        gap = not text
        at += len(raw) + 1


def _measure(line: PageLine) -> PageLine:
    text = line.text
    line.size, line.words = script_properties.size(text), script_properties.word_count(text)
    line.ends_sentence = script_properties.ends_sentence(text)
    marker = _MARKER.match(text)
    line.has_marker = marker is not None or (text[0].isdigit() and _NUMBER_DATE.match(text) is not None)
    if line.size > 40:
        lowered = text.lower() if line.words <= _NOTICE_WORDS else ""
        line.notice = any(word in lowered for word in _NOTICES)
        line.has_inner_sentence_end = script_properties.has_inner_sentence_end(text)
    line.credit = _is_credit(line)
    line.is_truncated = text[-1] in ".…]" and line.size <= 400 and _CUT.search(text, max(0, len(text) - 4)) is not None
    if line.words <= _LABEL_WORDS and line.size <= _LABEL_SIZE:
        line.has_date = _DIGIT.search(text) is not None and _DATE.search(text) is not None
        line.cue = (
            "date" if line.has_date and _is_date(text) else _find_cue(text, marker.end() if marker else 0, line.words)
        )
    if not line.cue and line.words <= _POINTER_WORDS and text[-1] not in _FINISHED and _points_elsewhere(text):
        line.cue = "related"
    return line


def _is_credit(line: PageLine) -> bool:
    if line.size > 50 and line.words <= _NOTICE_WORDS and _CREDIT_END.search(line.text[-_CREDIT_TAIL:].lower()):
        return True
    return line.words <= 60 and not line.prose and _CREDIT.search(line.text) is not None


def _points_elsewhere(text: str) -> bool:
    if _ARROW.match(text):
        return True
    lead = _LEAD_IN.match(text) if text[:2].isupper() else None
    return lead is not None and lead[1].isupper()


def _find_cue(text: str, at: int, words: int) -> str:
    """Return the furniture kind that the first words of a short line name, unless they only start a sentence."""
    # skip what is before the first word, as in "44 Kommentare" and "(3) Comments"
    while at < len(text) and not text[at].isalpha() and text[at] != "©":
        at += 1
    match = _CUE.match(text, at)
    if match is None or match.lastgroup is None or words > _CUE_WORDS[match.lastgroup]:
        return ""
    kind = match.lastgroup
    after = text[match.end() :].split()
    if len(after) > 1 and text[match.end()] not in ":：" and not _is_cue(text, kind, match, after):
        return ""
    if kind == "share" and any(other.lastgroup == "menu" for other in _CUE.finditer(text, match.end())):
        return "menu"
    return kind


def _is_cue(text: str, kind: str, match: re.Match[str], after: Sequence[str]) -> bool:
    if kind == "byline":
        return text[-1] != "." and sum(word[0].isupper() for word in after) >= 0.7 * len(after)
    if " " in match[0] or match[0] == "©":
        return True
    cues = sum(cue[0].count(" ") + 1 for cue in _CUE.finditer(text, match.start()))
    return 2 * cues >= 1 + len(after)


def _is_date(text: str) -> bool:
    """Tell whether there is little but dates in the line."""
    rest, dates = _DATE.subn("", text)
    return sum(map(str.isalpha, rest)) <= 24 * min(dates, 2)


def best_run(scores: Sequence[float]) -> tuple[int, int]:
    """Return the half-open range with the greatest sum, the first of equals; (0, 0) if no sum is above zero.

    This is Kadane's algorithm: Bentley, "Programming Pearls: Algorithm Design Techniques", CACM 27(9), 1984.
    """
    best, best_range = 0.0, (0, 0)
    total, start = 0.0, 0
    for at, score in enumerate(scores):
        if total <= 0:
            total, start = 0.0, at
        total += score
        if total > best:
            best, best_range = total, (start, at + 1)
    return best_range
