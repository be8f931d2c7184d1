"""Differences between two labeling configs of a project, control by control, in words."""

from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.etree import ElementTree as Xml

MAX_DIFFERENCES: Final = 20
"""The number of differences that are listed."""

_TAGS_WITH_LABELS: Final = ("Labels", "Choices", "Taxonomy")


class _Control(NamedTuple):
    """A control: its kind and settings, and the labels that it offers, each with settings of its own."""

    settings: dict[str, str]
    offered: dict[str, dict[str, str]]


def offered_labels(config: str) -> set[tuple[str, str]]:
    """Return (control, label) for every label that a labeling config offers."""
    return {
        (control.get("name", ""), _label_name(label))
        for control in (_parse_elements(config) or ())
        if control.tag in _TAGS_WITH_LABELS
        for label in _labels_of(control)
    }


def describe_differences(theirs: str, ours: str) -> list[str]:
    """Describe what a project's labeling config has that Pactwire's lacks, and vice versa; MAX_DIFFERENCES at most."""
    parsed = _parse_elements(theirs)
    if parsed is None:
        return ["it is not XML"]
    mine = _parse_elements(ours) or []
    differences = [*_control_differences(_controls_by_name(parsed), _controls_by_name(mine))]
    if _layout_elements(parsed) != _layout_elements(mine):
        differences.append("layout, headings or style differ")
    more = len(differences) - MAX_DIFFERENCES
    return [*differences[:MAX_DIFFERENCES], *([f"and {more:,} more"] if more > 0 else [])]


def _control_differences(theirs: dict[str, _Control], ours: dict[str, _Control]) -> Iterator[str]:
    for name in [*theirs, *(label for label in ours if label not in theirs)]:
        if name not in ours:
            yield f"{name} is only there"
        elif name not in theirs:
            yield f"{name} is missing there"
        else:
            there, here = theirs[name], ours[name]
            yield from (f"{name}: {label} is only there" for label in there.offered if label not in here.offered)
            yield from (f"{name}: {label} is missing there" for label in here.offered if label not in there.offered)
            pairs = [(name, there.settings, here.settings)]
            pairs += [
                (f"{name}: {label}", there.offered[label], here.offered[label])
                for label in there.offered
                if label in here.offered
            ]
            yield from (f"{what}: {_differing_settings(one, other)}" for what, one, other in pairs if one != other)


def _differing_settings(there: dict[str, str], here: dict[str, str]) -> str:
    """Name the settings that differ, without their values: hints are long."""
    names = sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))
    return f"{', '.join(names)} differ" + ("s" if len(names) == 1 else "")


def _parse_elements(config: str) -> list[Xml.Element] | None:
    """Return all elements of a config; None if it is not XML."""
    try:
        return list(Xml.fromstring(config).iter()) if config else []
    except Xml.ParseError:
        return None


def _is_control(element: Xml.Element) -> bool:
    return "name" in element.attrib or element.tag == "Relations"


def _controls_by_name(elements: list[Xml.Element]) -> dict[str, _Control]:
    return {
        element.get("name", element.tag): _Control(
            {**element.attrib, "kind": element.tag},
            {_label_name(child): dict(child.attrib) for child in _labels_of(element)},
        )
        for element in elements
        if _is_control(element)
    }


def _labels_of(control: Xml.Element) -> Iterator[Xml.Element]:
    """Yield the labels of a control, those that are in no view of the page included."""
    for child in control:
        yield from child if child.tag == "View" else (child,)


def _label_name(element: Xml.Element) -> str:
    return element.get("alias") or element.get("value") or ""


def _layout_elements(elements: list[Xml.Element]) -> list[tuple[str, dict[str, str], str]]:
    """Return all elements that are not controls or inside one."""
    inside = {id(child) for element in elements if _is_control(element) for child in element.iter()}
    return [
        (element.tag, dict(element.attrib), (element.text or "").strip())
        for element in elements
        if id(element) not in inside
    ]
