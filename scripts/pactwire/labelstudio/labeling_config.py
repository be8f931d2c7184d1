"""Labeling config: the XML of a Label Studio project, built from the labels of the schema.

Region labels are in a bar above the text, the attributes of the selected region beside it; both stay visible while the
text scrolls. The XML is indented, and the same schema gives the same XML.
"""

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as Xml

from pactwire.card import palette
from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import schema_mapping
from pactwire.model import escapes, schema
from pactwire.model.records import PARTIES, Topic

_LAYER_COLORS: Final = {
    "entities": ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#8C510A"),
    "claims": ("#BBBBBB",),
    schema_mapping.CUES: ("#F0E442",),
    "stances": ("#CC79A7",),
    "zones": (
        "#0072B2", "#56B4E9", "#009E73", "#CCDDAA", "#E69F00", "#D55E00", "#CC79A7",
        "#8C510A", "#F0E442", "#7B3294", "#AA4466", "#333333", "#BBBBBB", "#777777",
    ),
}  # fmt: skip
"""Colors by layer, in the order of the labels, starting with those of Okabe and Ito for color-blind people.

Claims are gray, since they cover most of a text and mentions must stand out on them. Further labels get generated
colors.
"""
_LUMINANCES: Final = (0.3, 0.14, 0.55)

_STYLE: Final = """
[class*="htx-richtext"] { white-space: pre-wrap; font-size: 16px; line-height: 2; }
[class*="htx-highlight"] area { display: inline; }
[class*="relationItem"] { opacity: .2; }
[class*="relationItem"][class*="_highlighted"] { opacity: 1 !important; }
.pw-bar { position: sticky; top: 0; z-index: 200; background: var(--color-neutral-background, #fff); }
.pw-page { display: flex; gap: 16px; align-items: flex-start; }
.pw-text { flex: 1 1 auto; min-width: 0; max-width: 92ch; padding-top: 12px; }
.pw-side { flex: 0 0 260px; position: sticky; top: 60px; max-height: 85vh; overflow-y: auto; font-size: 13px; }
.pw-told { flex: 0 0 300px; position: sticky; top: 60px; max-height: 85vh; overflow-y: auto; }
.pw-page .pw-told * { white-space: pre-wrap; font-weight: normal; }
.pw-page h1, .pw-page h2, .pw-page h3, .pw-page h4, .pw-page h5, .pw-page h6 {
  font-size: 12px; line-height: 16px; margin: 6px 0 0; color: var(--color-neutral-content-subtler, #666); }
.pw-side [class*="choices"], .pw-side [class*="choice_"] { margin: 0 8px 0 0; line-height: 20px; }
"""

_CONTROL_TITLES: Final = {
    "form": "Form",
    "link": "Link",
    "metonym_of": "Metonym of",
    "claim_type": "Claim type",
    "commitment": "Commitment",
    "checkworthy": "Check-worthiness",
    "normalized": "Normalized",
    schema_mapping.CLAIMANT: "Claimant, where no mention is related",
    "polarity": "Polarity",
    "channel": "Channel",
    schema_mapping.HOLDER: "Holder, where no mention is related",
    schema_mapping.TOPIC: "Target topic, where no region is related",
    "origin": "Origin",
    "language": "Language",
}
_PLACEHOLDERS: Final = {
    "new_link": "or type Q7184, NIL:john-kirby, then Enter",
    "new_metonym_of": "or type Q159, then Enter",
    "normalized": "One English sentence that stands by itself, then Shift+Enter",
    "language": "fr, uk, bg … or und, then Enter",
}
MAX_LISTED: Final = 2000
"""The number of entries in a searchable list; with more, the page gets slow."""

_PARTY_HINTS: Final = dict(zip(PARTIES, ("The article's own voice.", "Somebody the text does not name."), strict=True))


def labeling_config(
    project: str, topics: Sequence[Topic] = (), links: Sequence[LinkRow] = (), adjudication: bool = False
) -> str:
    """Return the labeling config of a project.

    Args:
        project: A key of schema_mapping.PROJECT_LAYERS.
        topics: Possible targets of stances.
        links: Possible links of mentions.
        adjudication: Whether the page shows what annotators disagree on.
    """
    keys = _Hotkeys()
    view = Xml.Element("View")
    Xml.SubElement(view, "Style").text = _STYLE
    bar = Xml.SubElement(view, "View", className="pw-bar")
    labels = Xml.SubElement(bar, "Labels", name=schema_mapping.LABEL, toName=schema_mapping.TEXT, choice="single")
    _add_region_labels(labels, project, keys)
    page = Xml.SubElement(view, "View", className="pw-page")
    text = Xml.SubElement(page, "View", className="pw-text")
    Xml.SubElement(text, "Header", value="$source_id", size="5")
    Xml.SubElement(text, "Text", name=schema_mapping.TEXT, value=f"${schema_mapping.TEXT}", granularity="symbol")
    if adjudication:
        told = Xml.SubElement(page, "View", className="pw-told")
        Xml.SubElement(told, "Header", value="$differences", size="6")
    side = Xml.SubElement(page, "View", className="pw-side")
    for layer in schema_mapping.PROJECT_LAYERS[project]:
        _add_attribute_controls(side, project, layer, keys, topics, links)
    finished = _add_task_choices(
        side, schema_mapping.FINISHED, "Layers you have finished", schema_mapping.PROJECT_LAYERS[project], keys
    )
    finished.set("required", "true")  # so that nobody can submit a page before the draft has appeared on it
    _add_task_choices(side, schema_mapping.FLAGS, "Tell the team", schema_mapping.FLAG_NAMES, keys)
    if relations := [
        name for name, (layer, _) in schema_mapping.RELATIONS.items() if layer in schema_mapping.PROJECT_LAYERS[project]
    ]:
        tag = Xml.SubElement(view, "Relations", choice="multiple")
        for name in relations:
            Xml.SubElement(tag, "Relation", value=name)
    Xml.indent(view)
    config: str = Xml.tostring(view, encoding="unicode")
    return config + "\n"


class _Hotkeys:
    """Assigns hotkeys, each once: to region labels in turn, to choices by the letters of their names.

    When no plain key is left, keys with Shift are assigned, then none.
    """

    def __init__(self) -> None:
        # All keys that the page assigns to choices by itself, except u, r and h, which have other uses there.
        self.free = list("1234567890qwetasdfgzxcvbyiopjklnm")
        self.shifted = [f"shift+{key}" for key in self.free]

    def label(self) -> dict[str, str]:
        return {"hotkey": self.free.pop(0)} if self.free else self.whole()

    def choice(self, name: str) -> dict[str, str]:
        for key in list(name.lower()) + self.free:
            if key in self.free:
                self.free.remove(key)
                return {"hotkey": key}
        return self.whole()

    def whole(self) -> dict[str, str]:
        """Return a key with Shift, which nobody presses by accident."""
        return {"hotkey": self.shifted.pop(0)} if self.shifted else {}


def _add_region_labels(labels: Xml.Element, project: str, keys: _Hotkeys) -> None:
    about = {label.name: label for name in ("zone_kind", "entity_type") for label in schema.labels(name)}
    hues = {layer: iter(colors) for layer, colors in _LAYER_COLORS.items()}
    more = palette.generate_colors([color for colors in _LAYER_COLORS.values() for color in colors], _LUMINANCES)
    definitions = schema.load_schema("annotation")["$defs"]
    for name, layer in schema_mapping.region_labels(project).items():
        if name in about:
            hint = f"{about[name].title}: {about[name].definition}"
        else:
            home = definitions["claim"]["properties"]["cue"]["anyOf"][0] if layer == schema_mapping.CUES else None
            hint = (home or definitions[schema.LAYER_DEFINITIONS[layer]])["description"]
        color = next(hues[layer], None) or next(more)
        Xml.SubElement(labels, "Label", {"value": name, "background": color, "hint": hint, **keys.label()})


def _add_attribute_controls(
    side: Xml.Element, project: str, layer: str, keys: _Hotkeys, topics: Sequence[Topic], links: Sequence[LinkRow]
) -> None:
    """Add the controls of a layer's attributes; the page shows them while such a region is selected."""
    for attribute in schema_mapping.ATTRIBUTE_CONTROLS:
        if attribute.layer == layer:
            when = _region_condition(project, layer, attribute.control)
            if not attribute.optional:
                when["required"] = "true"
            if attribute.kind == schema_mapping.CHOICES:
                _add_choices(side, attribute.control, when, schema.labels(attribute.label_set), keys)
            elif attribute.kind == schema_mapping.TAXONOMY:
                block = _add_block(side, attribute.control, when)
                _add_taxonomy(block, when, [(row.link, row.name, "") for row in links])
                _add_text_area(block, attribute.typed_control, when)
            else:
                _add_text_area(_add_block(side, attribute.control, when), attribute.control, when)
    parties = [schema.Label(name, name.capitalize(), _PARTY_HINTS[name]) for name in PARTIES]
    if layer == "claims":
        _add_choices(
            side,
            schema_mapping.CLAIMANT,
            _region_condition(project, layer, schema_mapping.CLAIMANT),
            parties,
            keys,
            "multiple",
        )
    elif layer == "stances":
        _add_choices(
            side, schema_mapping.HOLDER, _region_condition(project, layer, schema_mapping.HOLDER), parties, keys
        )
        when = _region_condition(project, layer, schema_mapping.TOPIC)
        offered = [(topic["id"], topic["title"], topic["definition"]) for topic in topics]
        _add_taxonomy(_add_block(side, schema_mapping.TOPIC, when), when, offered)


def _region_condition(project: str, layer: str, control: str) -> dict[str, str]:
    labels = [label for label, home in schema_mapping.region_labels(project).items() if home == layer]
    return {"name": control, "toName": schema_mapping.TEXT, "perRegion": "true", "whenLabelValue": ",".join(labels)}


def _add_block(side: Xml.Element, control: str, when: dict[str, str]) -> Xml.Element:
    """Add a titled block that is visible together with its control."""
    block = Xml.SubElement(
        side,
        "View",
        visibleWhen="region-selected",
        whenTagName=schema_mapping.LABEL,
        whenLabelValue=when["whenLabelValue"],
    )
    Xml.SubElement(block, "Header", value=_CONTROL_TITLES[control], size="6")
    return block


def _add_choices(
    side: Xml.Element,
    control: str,
    when: dict[str, str],
    labels: Sequence[schema.Label],
    keys: _Hotkeys,
    choice: str = "single",
) -> None:
    tag = Xml.SubElement(_add_block(side, control, when), "Choices", when, choice=choice, layout="inline")
    for label in labels:
        about = {"value": label.name, "hint": label.definition}
        Xml.SubElement(tag, "Choice", {**about, **keys.choice(label.name)})


def _add_taxonomy(block: Xml.Element, when: dict[str, str], offered: Sequence[tuple[str, str, str]]) -> None:
    """Add a searchable list of (id, name, hint), unless it is empty: a server refuses an empty one."""
    if not offered:
        return
    tag = Xml.SubElement(
        block, "Taxonomy", when, maxUsages="1", placeholder="Choose by name", minWidth="200px", dropdownWidth="420",
    )  # fmt: skip
    for identity, name, hint in offered[:MAX_LISTED]:
        # The page omits the second of two equal names, so each includes its id.
        more = {"hint": escapes.xml_text(hint)} if hint else {}
        Xml.SubElement(
            tag, "Choice", more, value=escapes.xml_text(f"{name} · {identity.removeprefix('topic:')}"), alias=identity
        )


def _add_text_area(block: Xml.Element, control: str, when: dict[str, str]) -> None:
    Xml.SubElement(
        block, "TextArea", when | {"name": control}, maxSubmissions="1", editable="true",
        rows="3" if control == "normalized" else "1", placeholder=_PLACEHOLDERS[control],
    )  # fmt: skip


def _add_task_choices(
    side: Xml.Element, control: str, title: str, values: Sequence[str], keys: _Hotkeys
) -> Xml.Element:
    """Add a choice for the whole task."""
    Xml.SubElement(side, "Header", value=title, size="6")
    tag = Xml.SubElement(side, "Choices", name=control, toName=schema_mapping.TEXT, choice="multiple", layout="inline")
    for value in values:
        Xml.SubElement(tag, "Choice", {"value": value, **keys.whole()})
    return tag
