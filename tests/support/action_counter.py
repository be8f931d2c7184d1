"""Counter of what a person does in a page: presses of keys and of the mouse, strings typed, scrolls.

The page itself counts, by the events that reach it, so that nothing a script does there goes uncounted.
"""

from typing import Final

from playwright.sync_api import Page

_COUNTER: Final = """() => {
  if (window.countedActions) return;
  window.countedActions = [];
  let last = null;
  const note = (kind, key) => {
    if (key !== null && key === last) return;
    last = key;
    window.countedActions.push(kind);
  };
  const isField = each => each.matches?.('input:not([type=checkbox]):not([type=radio]), textarea');
  const isLetter = event => event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
  const on = (name, listener) => window.addEventListener(name, listener, {capture: true, passive: true});
  on('mousedown', () => note('mouse', null));
  on('wheel', () => note('scroll', 'scroll'));
  on('input', event => isField(event.target) && note('type', event.target));
  on('keydown', event => {
    if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
    if (isField(event.target) && isLetter(event)) note('type', event.target);
    else note(event.key, null);
  });
}"""
"""Counts in ``countedActions`` each press of the mouse (a drag is one) and of a key or combination, and once what is
typed into one field, or scrolled, with nothing between."""


class ActionCounter:
    """Counts the actions in a page from now on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.evaluate(_COUNTER)
        self._before = self._total()

    def count(self) -> int:
        """Return the number of actions since the last count."""
        before, self._before = self._before, self._total()
        return self._before - before

    def _total(self) -> int:
        total: int = self._page.evaluate("window.countedActions.length")
        return total
