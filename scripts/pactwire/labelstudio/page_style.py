"""Style sheet of a Label Studio project: the page's layout, the text, its regions and its relations.

Label Studio puts the style sheet into its page, so it may name any element there; the names are those of version 1.23.
Where another version has other names, a rule does nothing; 1.16 has the same for lines, regions and relations. It may
contain no ``<``, ``>`` and ``&``, which Label Studio escapes.
"""

from collections.abc import Iterable
from typing import Final

_TEXT: Final = """
[class*="htx-richtext"] { white-space: pre-wrap; font-size: 16px; line-height: 2; }
[class*="richtext__line"] {
  box-sizing: border-box; width: 100%; padding: 0 8px; unicode-bidi: plaintext; text-align: start; }
"""
"""Each line is as wide as the text and starts on the side of its first letter's script."""

_REGIONS: Final = """
.htx-highlight { padding-block: 3px; }
.htx-highlight .htx-highlight { padding-block: 1px; }
.htx-highlight .htx-highlight .htx-highlight { padding-block: 0; }
.htx-highlight::after { unicode-bidi: isolate; }
.htx-highlight { --pw-line: var(--color-primary-content, #4c5fa9); }
.htx-highlight.__highlighted { --pw-line: #00aeff; }
.htx-highlight.__active, .htx-highlight.__highlighted { box-shadow: 0 -2px var(--pw-line), 0 2px var(--pw-line); }
[class*="htx-highlight"] area { display: inline; }
"""
"""A region that contains another is taller, and a selected one has a line above and below. Newer browsers hide the
handles, which are ``area`` elements, on Label Studio's own page."""

_RELATIONS: Final = """
[class*="relations-overlay"] { z-index: -1 !important; }
[class*="relationItem"] { opacity: .35; translate: 0 10px; }
body:not(:has(.lsf-relations__item)) [class*="relationItem"] { opacity: 0; }
[class*="relationItem"][class*="_highlighted"] { opacity: 1 !important; }
[class*="relationItem"] g { opacity: 0; scale: .001 1; translate: 8px 0; }
[class*="relationItem"] g rect, [class*="relationItem"] g text { scale: 1000 1; }
[class*="relationItem"] g text { text-anchor: start; }
[class*="relationItem"][class*="_highlighted"] g { opacity: 1; }
"""
"""Arrows run behind the words, between lines, and only while the list of relations is open. The name of a relation is
shown while the pointer is on its row in the list, left of the text at the height where Label Studio draws it: all that
is left of the name is scaled to no width, and the name itself back again."""

_PANELS: Final = """
.lsf-labels-list, .lsf-labels-list * { color: var(--color-neutral-content) !important; }
.lsf-outliner-item__index, .lsf-detailed-region__index_value { text-shadow: 0 0 2px #000, 0 0 2px #000; }
.lsf-tree-node-content-wrapper, .lsf-outliner-item__title { min-width: 0 !important; }
.lsf-outliner-item__title .lsf-labels-list { flex: none; }
.lsf-outliner-item__text, .lsf-region-meta__content { unicode-bidi: plaintext; }
.lsf-region-meta__content { word-break: normal !important; overflow-wrap: anywhere; text-align: start; }
"""
"""Label Studio writes a label's name in its color, and its number in white on it; some colors are too light or dark.
A long region in the list of regions ends with dots, before its buttons."""

_LAYOUT: Final = """
.lsf-main-view { container-type: inline-size; }
.pw-page { display: flex; gap: 16px; align-items: flex-start; }
.pw-text { flex: 1 1 0; min-width: 0; }
.pw-bar { position: sticky; top: 0; z-index: 200; max-height: 24vh; overflow-y: auto; padding: 4px 8px;
  margin-bottom: 8px; background: var(--color-neutral-background, #fff); }
.pw-side, .pw-told { position: sticky; top: 0; max-height: calc(100vh - 140px); overflow-y: auto; }
.pw-side { flex: 0 0 clamp(260px, 26cqi, 420px); font-size: 13px; }
.pw-told { flex: 0 0 clamp(220px, 22cqi, 420px); }
.pw-told ~ .pw-side { flex-basis: clamp(220px, 18cqi, 420px); }
.pw-page .pw-told * { white-space: pre-wrap; font-weight: normal; unicode-bidi: plaintext; }
.lsf-modal-ls__body p, .lsf-modal-ls__body summary { margin: 6px 0; }
.pw-page h1, .pw-page h2, .pw-page h3, .pw-page h4, .pw-page h5, .pw-page h6 {
  font-size: 12px; line-height: 16px; margin: 6px 0 0; color: var(--color-neutral-content-subtler, #666); }
.pw-page .pw-hint * { font-weight: normal; margin: 0 0 2px; }
.pw-page .pw-layer * { font-size: 14px; margin-top: 10px; color: inherit; }
.pw-bar [class*="hotkey"] { color: inherit; }
.pw-bar [class*="label_selected"] { background: var(--background); box-shadow: 0 0 0 2px var(--color); }
.pw-bar [class*="label_selected"], .pw-bar [class*="label_selected"] * { color: inherit; }
.pw-side ::placeholder { font-size: 12px; }
.pw-side [class*="choices"], .pw-side [class*="choice_"] { margin: 0 8px 0 0; line-height: 20px; }
"""

_NARROW: Final = """
@container (max-width: 800px) {
  .pw-text { padding-left: 0; }
  .pw-page { flex-wrap: wrap; }
  .pw-told { flex-basis: 100%; order: -1; position: static; max-height: 25vh; }
  .pw-page .pw-side { flex-basis: 220px; }
  [class*="relationItem"] g { visibility: hidden; }
}
"""
"""Between a list of tasks and the panels a small screen has no room left of the text, nor for a third column."""
_MOST_ROOM: Final = 160
"""The most room left of the text, in pixels: that of a name of 19 letters."""


def page_style(relations: Iterable[str]) -> str:
    """Return the style sheet of a page.

    Args:
        relations: The names of the page's relations; the longest says how much room there is left of the text.
    """
    room = min(max((24 + 7 * len(name) for name in relations), default=0), _MOST_ROOM)
    column = f".pw-text {{ max-width: calc(92ch + {room}px); padding-left: {room}px; }}\n"
    return _LAYOUT + column + _NARROW + _TEXT + _REGIONS + _RELATIONS + _PANELS
