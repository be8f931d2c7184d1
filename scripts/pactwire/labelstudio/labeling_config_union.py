"""Union of two labeling configs: one that has the controls and labels of both, while a project is migrated."""

from copy import deepcopy
from xml.etree import ElementTree as Xml

_KEYS = ("hotkey",)
"""What an added label does not keep, since another label may have it."""


def union_config(config: str, other: str) -> str:
    """Return a labeling config with what another has besides: the labels of its controls, and other controls, hidden.

    What is there already is not added again, so that the union with a union is the same.
    """
    view, more = Xml.fromstring(config), Xml.fromstring(other)
    known = {_name(element): element for element in view.iter() if _name(element)}
    hidden = Xml.Element("View", style="display: none")
    for element in more.iter():
        if not (name := _name(element)):
            continue
        if name not in known:
            hidden.append(_without_keys(element))
            continue
        offered = {_label(label) for label in _labels(known[name])}
        known[name].extend(_without_keys(label) for label in _labels(element) if _label(label) not in offered)
    if len(hidden):
        view.append(hidden)
    return Xml.tostring(view, encoding="unicode").strip()


def _name(element: Xml.Element) -> str:
    return element.get("name") or (element.tag if element.tag == "Relations" else "")


def _labels(control: Xml.Element) -> list[Xml.Element]:
    """Return the labels of a control, those that are in no view of the page included."""
    return [label for child in control for label in (child if child.tag == "View" else (child,))]


def _label(element: Xml.Element) -> tuple[str, str]:
    return element.tag, element.get("alias") or element.get("value") or ""


def _without_keys(element: Xml.Element) -> Xml.Element:
    added = deepcopy(element)
    for each in added.iter():
        for key in _KEYS:
            each.attrib.pop(key, None)
    return added
