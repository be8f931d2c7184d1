"""Two labeling configs of a project to what differs between them, control by control, in words."""

from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.etree import ElementTree as Xml

MOST: Final = 20
"""Differences that are told."""

_OFFERING: Final = ("Labels", "Choices", "Taxonomy")


class _Control(NamedTuple):
    """A control: its kind and settings, and what it offers, each with its own settings."""

    settings: dict[str, str]
    offered: dict[str, dict[str, str]]


def offered(config: str) -> set[tuple[str, str]]:
    """Return (control, label) of all that a labeling config offers."""
    return {
        (control.get("name", ""), _value(each))
        for control in (_parsed(config) or ())
        if control.tag in _OFFERING
        for each in control
    }


def lines(theirs: str, ours: str) -> list[str]:
    """Return what a project's labeling config has that Pactwire's lacks, and the other way round; MOST at most."""
    parsed = _parsed(theirs)
    if parsed is None:
        return ["it is no XML"]
    mine = _parsed(ours) or []
    found = [*_controls(_named(parsed), _named(mine))]
    if _rest(parsed) != _rest(mine):
        found.append("layout, headings or style differ")
    more = len(found) - MOST
    return [*found[:MOST], *([f"and {more:,} more"] if more > 0 else [])]


def _controls(theirs: dict[str, _Control], ours: dict[str, _Control]) -> Iterator[str]:
    for name in [*theirs, *(each for each in ours if each not in theirs)]:
        if name not in ours:
            yield f"{name} is only there"
        elif name not in theirs:
            yield f"{name} is missing there"
        else:
            there, here = theirs[name], ours[name]
            yield from (f"{name}: {each} is only there" for each in there.offered if each not in here.offered)
            yield from (f"{name}: {each} is missing there" for each in here.offered if each not in there.offered)
            pairs = [(name, there.settings, here.settings)]
            pairs += [
                (f"{name}: {each}", there.offered[each], here.offered[each])
                for each in there.offered
                if each in here.offered
            ]
            yield from (f"{what}: {_settings(one, other)}" for what, one, other in pairs if one != other)


def _settings(there: dict[str, str], here: dict[str, str]) -> str:
    """Say which settings differ, by name: hints are long."""
    names = sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))
    return f"{', '.join(names)} differ" + ("s" if len(names) == 1 else "")


def _parsed(config: str) -> list[Xml.Element] | None:
    """Return all elements of a config; None where it is no XML."""
    try:
        return list(Xml.fromstring(config).iter()) if config else []
    except Xml.ParseError:
        return None


def _is_control(element: Xml.Element) -> bool:
    return "name" in element.attrib or element.tag == "Relations"


def _named(elements: list[Xml.Element]) -> dict[str, _Control]:
    return {
        each.get("name", each.tag): _Control(
            {**each.attrib, "kind": each.tag}, {_value(child): dict(child.attrib) for child in each}
        )
        for each in elements
        if _is_control(each)
    }


def _value(element: Xml.Element) -> str:
    return element.get("alias") or element.get("value") or ""


def _rest(elements: list[Xml.Element]) -> list[tuple[str, dict[str, str], str]]:
    """Return all that is no control and stands in none."""
    inside = {id(child) for each in elements if _is_control(each) for child in each.iter()}
    return [(each.tag, dict(each.attrib), (each.text or "").strip()) for each in elements if id(each) not in inside]
