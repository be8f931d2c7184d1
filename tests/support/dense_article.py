"""An invented article with ninety entities, thirty claims and thirty stances, in four scripts and two directions."""

import re
from pathlib import Path
from typing import Any, Final

from support.labelstudio_page import article_dataset

ENTITIES, CLAIMS, STANCES = 90, 30, 30

_PARAGRAPHS: Final = (
    "<A> <q>said</q> on Monday that <c>the government of <B> will keep its border with <C> closed until the spring, "
    "whatever the mayors of the towns along the river demand</c>, and <s>praised</s> the decision.",
    "<q>According to</q> <A>, <c><B> <s>condemned</s> the plan of <C> to store its gas in the old salt mines</c>.",
    "“<c><A> will not pay for the pipeline, and neither will <B></c>,” <q>wrote</q> <C>, who <s>mocked</s> the offer.",
    "<q>قالت</q> <A> إن <c>حكومة <B> سترسل أربعمئة مولّد إلى <C> قبل الشتاء</c>، و<s>رحّبت</s> بالقرار.",
    "<A> <q>אמרה</q> כי <c>ממשלת <B> תשלח מולדות אל <C> לפני החורף</c>, ו<s>בירכה</s> על ההחלטה (Reuters, 2025).",
    "<q>به گفتهٔ</q> <A>، <c>دولت <B> پیش از زمستان ژنراتور به <C> می‌فرستد</c> و از این تصمیم <s>استقبال</s> کرد.",
)
"""Sentences: names of a person (A) and two places (B, C), and a claim, its cue and a stance in tags."""
_NAMES: Final = (
    (("Ida Solberg", "Jonas Lind", "Marta Kos"), ("Norway", "Lithuania", "Slovenia"), ("Finland", "Poland", "Croatia")),
    (("إيدا سولبرغ", "بيكا لاينه"), ("النرويج", "Norway"), ("فنلندا", "ليتوانيا")),
    (("אידה סולברג", "Pekka Laine"), ("נורווגיה", "ליטא"), ("פינלנד", "פולין")),
    (("آیدا سولبرگ", "پکا لاینه"), ("نروژ", "لیتوانی"), ("فنلاند", "لهستان")),
)
_FILLER: Final = (
    "A line of a long report says that the winter was mild, that the generators stayed in their crates, and that "
    "nobody on either side of the river asked for them again before the spring."
)
END: Final = "At last 👩‍👩‍👧 of Cafe\u0301 Kyiv thanked بوتين for nothing."
_SCRIPTS: Final = (0, 0, 0, 1, 2, 3)


def dense_dataset(root: Path, annotators: dict[str, str], length: int = 0) -> str:
    """Make a dataset of the article, with a draft of every layer; returns the article's id."""
    text, layers = dense_article(length)
    return article_dataset(root, text, layers, annotators)


def dense_article(length: int = 0) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """Return the text and its labels: each paragraph has three entities, a claim and a stance.

    Lines without labels follow until the text is ``length`` bytes long, and then `END`.
    """
    text = "Pipeline, gas and generators: thirty statements about one winter\n"
    zones = [_zone(0, "title", text)]
    layers: dict[str, list[dict[str, Any]]] = {"zones": zones, "entities": [], "claims": [], "stances": []}
    for number in range(CLAIMS):
        line, spans = _paragraph(number)
        at = len(text)
        text += f"{line}\n"
        zones.append(_zone(at, "body", line))
        _add_labels(layers, number, {tag: (at + start, at + end) for tag, (start, end) in spans.items()}, text)
    rest = "\n".join([*[_FILLER] * ((length - len(text.encode())) // (len(_FILLER) + 1)), END])
    zones.append(_zone(len(text), "body", rest))
    return f"{text}{rest}\n", layers


def _zone(start: int, kind: str, line: str) -> dict[str, Any]:
    about = {"kind": kind, "language": "en", "origin": "original", "by": ["rules"]}
    return {"id": f"z{start}", "start": start, "end": start + len(line.strip()), **about}


def _paragraph(number: int) -> tuple[str, dict[str, tuple[int, int]]]:
    """Return a paragraph and what is in its tags."""
    kind = number % len(_PARAGRAPHS)
    names = dict(zip("ABC", (each[number % len(each)] for each in _NAMES[_SCRIPTS[kind]]), strict=True))
    line = ""
    opened: dict[str, int] = {}
    spans: dict[str, tuple[int, int]] = {}
    for part in re.split("(</?[A-Cqcs]>)", _PARAGRAPHS[kind]):
        tag = part.strip("</>")
        if not re.fullmatch("</?[A-Cqcs]>", part):
            line += part
        elif tag in names:
            spans[tag] = (len(line), len(line) + len(names[tag]))
            line += names[tag]
        elif part.startswith("</"):
            spans[tag] = (opened[tag], len(line))
        else:
            opened[tag] = len(line)
    return line, spans


def _add_labels(
    layers: dict[str, list[dict[str, Any]]], number: int, spans: dict[str, tuple[int, int]], text: str
) -> None:
    def at(tag: str) -> dict[str, Any]:
        start, end = spans[tag]
        return {"start": start, "end": end, "text": text[start:end]}

    for tag, kind in zip("ABC", ("PER", "GPE", "LOC"), strict=True):
        about = {"type": kind, "form": "name", "link": None, "metonym_of": None, "by": ["rules"]}
        layers["entities"].append({"id": f"e{number}{tag}", **at(tag), **about})
    layers["claims"].append({
        "id": f"c{number}", **at("c"), "claimants": [f"e{number}A"], "cue": at("q"), "type": "event",
        "commitment": "certain", "checkworthy": "CFS", "normalized": "It will.", "by": ["rules"],
    })  # fmt: skip
    layers["stances"].append({
        "id": f"s{number}", **at("s"), "holder": f"e{number}A", "target": f"c{number}", "polarity": "favor",
        "channel": "indirect_report", "by": ["rules"],
    })  # fmt: skip
