"""The shortest ways to label in Label Studio's page, step by step; each step is one action of a person."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from xml.etree import ElementTree as Xml

from playwright.sync_api import Locator

from pactwire.labelstudio.labeling_config import labeling_config
from support.labelstudio_page import Desk
from support.news import SCHEMA

STORY: Final = (
    "Observers noted that deliveries grew, added that hope fades; peace is near. They cheered and grumbled.\r\n"
)
"""More text for the odd article, with nothing labeled."""


class Step(NamedTuple):
    """One action: what the documentation says, and what a person does."""

    told: str
    act: Callable[[Desk], None]


def ways() -> Mapping[str, list[Step]]:
    """Return the steps to label this repository's claims and stances in STORY, by what is labeled."""
    relate, stance = Step("Press `Alt+R`.", lambda desk: desk.press("Alt+r")), _key("STANCE", "label", "STANCE")
    polarity, channel = _key("`polarity`", "polarity", "favor"), _key("`channel`", "channel", "indirect_report")
    holder = _click("the holder", "Rutte")
    find = [
        _point("the list of topics", _topics),
        _type("a part of the topic's name", "Arm"),
        _point("the topic", _found),
    ]
    return {
        "a stance of one mention toward another": [
            stance, _draw("the evidence", "cheered"), _click("it, which selects it", "cheered"), polarity, channel,
            relate, _click("the target", "Kyiv"), holder, relate, _click("the evidence", "cheered"),
        ],
        "a stance of a mention toward a topic": [
            stance, _draw("the evidence", "grumbled"), _click("it, which selects it", "grumbled"), polarity, channel,
            *find, holder, relate, _click("the evidence", "grumbled"),
        ],
        "a claim of one mention, with a cue": _claim("noted", "deliveries grew", "Rutte"),
        "a claim of two mentions, with a cue": [
            *_claim("added", "hope fades", "Rutte"),
            _click("the other claimant", "Pyongyang"), relate, _click("the claim", "hope fades"),
        ],
        "a claim of the author, without a cue": [
            _key("CLAIM", "label", "CLAIM"), _draw("the claim", "peace is near"),
            _click("it, which selects it", "peace is near"), _key("AUTHOR", "claimant", "AUTHOR"),
            *_judged("peace is near"),
        ],
    }  # fmt: skip


def _claim(cue: str, words: str, claimant: str) -> list[Step]:
    relate = Step("Press `Alt+R`.", lambda desk: desk.press("Alt+r"))
    button = _point("the button **Create Relation**", lambda desk: desk.page.get_by_label("Create Relation"))
    return [
        _key("CUE", "label", "CUE"), _draw("the cue", cue),
        _key("CLAIM", "label", "CLAIM"), _draw("the claim", words), _click("it, which selects it", words),
        *_judged(words), button, _click("the claimant", claimant),
        _click("the cue", cue), relate, _click("the claim", words),
    ]  # fmt: skip


def _judged(words: str) -> list[Step]:
    return [
        _key("the type", "claim_type", "event"),
        _key("the commitment", "commitment", "certain"),
        _key("the check-worthiness", "checkworthy", "CFS"),
        _point("the field for the sentence", lambda desk: desk.page.locator(".pw-side textarea:visible")),
        _type("the sentence", f"{words.capitalize()}."),
    ]


def _key(name: str, control: str, value: str) -> Step:
    hotkey = _hotkeys()[control, value]
    return Step(f"Press the key of {name}.", lambda desk: desk.press(hotkey))


def _hotkeys() -> dict[tuple[str, str], str]:
    tags = Xml.fromstring(labeling_config(SCHEMA, "labels")).iter()
    return {
        (str(tag.get("name")), str(each.get("value"))): str(each.get("hotkey"))
        for tag in tags
        for each in tag
        if each.get("hotkey")
    }


def _draw(name: str, words: str) -> Step:
    return Step(f"Draw over {name}.", lambda desk: desk.mark(words))


def _click(name: str, words: str) -> Step:
    return Step(f"Click {name}.", lambda desk: desk.select(words))


def _type(name: str, text: str) -> Step:
    return Step(f"Type {name}.", lambda desk: desk.type(text))


def _point(name: str, find: Callable[[Desk], Locator]) -> Step:
    return Step(f"Click {name}.", lambda desk: desk.point(find(desk)))


def _topics(desk: Desk) -> Locator:
    return desk.page.locator(".pw-side .htx-taxonomy:visible").first


def _found(desk: Desk) -> Locator:
    return desk.page.locator(".htx-taxonomy-dropdown:visible").get_by_text("Arms · arms", exact=True)
