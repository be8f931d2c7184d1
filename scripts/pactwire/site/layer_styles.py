"""How pages show each layer of a schema: as names in the line or as passages under it, and in which colors.

The class of an element in a page names a layer by its number and a color by its number, never by a name from data.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pactwire.card import palette
from pactwire.model.layers import Label, Layer, RowKind
from pactwire.model.schema import AnnotationSchema

TYPE, TONE, PLAIN = "type", "tone", "plain"
"""Sets of colors: of names by class, of passages by class, and of passages of one layer."""

_VARIABLES: Final = {TYPE: "--type", TONE: "--tone", PLAIN: "--tone"}

_SWITCH: Final = """\
body:has(#show-{0}:not(:checked)) .words .mention.{0} {{ background: none; box-shadow: none; padding: 0; \
text-decoration: none; }}
body:has(#show-{0}:not(:checked)) .words .passage.{0} {{ border-bottom-color: transparent; }}
body:has(#show-{0}:not(:checked)) .words .part.{0} {{ text-decoration: none; }}
body:has(#show-{0}:not(:checked)) .words .passage.{0}.starts::before {{ content: none; }}
body:has(#show-{0}:not(:checked)) .note.{0} {{ display: none; }}
"""


@dataclass(frozen=True)
class LayerStyle:
    """How a layer is shown.

    ``name`` is its CSS class, and ``is_inline`` tells that its labels are names, which are marked in the line. The
    ``colors`` of its classes begin at number ``first``.
    """

    layer: Layer
    name: str
    title: str
    definition: str
    is_inline: bool
    colors: str
    first: int

    @property
    def has_notes(self) -> bool:
        """Whether its labels are passages, which have notes beside the text."""
        return self.layer.is_span and not self.is_inline

    @property
    def class_labels(self) -> tuple[Label, ...]:
        """The labels that have a color each; empty if the layer has one color."""
        attribute = self.layer.class_attribute
        return attribute.labels if attribute and self.colors != PLAIN else ()

    def class_color(self, place: int) -> str:
        """Return the CSS class with the color of a class, by its place in the schema."""
        return f"{self.colors}-{self.first + place}"

    def class_of(self, label: Mapping[str, Any]) -> tuple[Label | None, str]:
        """Return the class of a label, if it has one, and the CSS class with its color."""
        attribute = self.layer.class_attribute
        value = label.get(attribute.name) if attribute else None
        if attribute is None or value is None:
            return None, self.class_color(0) if self.colors == PLAIN or attribute is None else ""
        place = attribute.label_names.index(value)
        return attribute.labels[place], self.class_color(0 if self.colors == PLAIN else place)


def layer_styles(schema: AnnotationSchema) -> dict[str, LayerStyle]:
    """Return how each layer of a schema is shown, by its name; colors are numbered through all layers."""
    found: dict[str, LayerStyle] = {}
    used: Counter[str] = Counter()
    for number, layer in enumerate(schema.layers.values()):
        is_inline = layer.rows == RowKind.TOKENS or (layer.is_span and layer.rows is None and bool(layer.links))
        has_tones = layer.class_attribute is not None and layer.rows != RowKind.SENTENCES
        colors = TYPE if is_inline else TONE if has_tones else PLAIN
        style = LayerStyle(
            layer=layer,
            name=f"layer-{number}",
            title=schema.label_title(layer.name),
            definition=schema.label_description(layer.name) or layer.description,
            is_inline=is_inline,
            colors=colors,
            first=used[colors],
        )
        used[colors] += max(len(style.class_labels), 1)
        found[layer.name] = style
    return found


def complete_style(sheet: str, styles: Iterable[LayerStyle]) -> str:
    """Return a style sheet with the colors that layers need beyond those it has, and a switch for each layer."""
    known = re.findall("#[0-9a-f]{6}", sheet)
    light, dark = (
        palette.generate_colors(known, each) for each in (palette.LUMINANCES_ON_LIGHT, palette.LUMINANCES_ON_DARK)
    )
    more = ""
    counts: Counter[str] = Counter()
    for style in styles:
        counts[style.colors] = max(counts[style.colors], style.first + max(len(style.class_labels), 1))
        if style.layer.is_span:
            more += _SWITCH.format(style.name)
    for colors, count in sorted(counts.items()):
        for number in range(count):
            if f".{colors}-{number} {{" not in sheet:
                line = "" if colors == TYPE else "; --line: solid"
                more += _color_rule(colors, number, next(light), line)
                more += f"@media (prefers-color-scheme: dark) {{ {_color_rule(colors, number, next(dark))}}}\n"
    return sheet + more


def _color_rule(colors: str, number: int, color: str, more: str = "") -> str:
    """Return the rule that gives a CSS class its color, and the rule of what is nested in it."""
    over = f".over-{colors}-{number} {{ --over: {color} }}\n" if colors == TYPE else ""
    return f".{colors}-{number} {{ {_VARIABLES[colors]}: {color}{more} }}\n{over}"
