"""External identifiers of entities, converted to links: a Wikidata id, or ``NIL:`` and a local name."""

import re
from collections.abc import Callable
from typing import Final

from pactwire.convert.omissions import Omissions

_BLANK_VALUES: Final = frozenset(("", "_", "-", "o"))
"""Values, in lowercase, that leave a link open."""
_NIL_VALUES: Final = frozenset(("nil", "nme", "--nme--", "not_in_wiki", "null", "none", "nan", "n/a"))
"""Values, in lowercase, for an entity without an entry in the knowledge base."""
_WIKIDATA_ID: Final = re.compile(r"(?:https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)?(Q[0-9]+)", re.I)
_SEPARATOR: Final = re.compile(r"\||[,;\s]+(?=Q[0-9])")


def stated_identifier(value: str) -> str:
    """Return the identifiers that a value states, as they are; empty if it leaves the link open."""
    return "|".join(part.strip() for part in value.split("|") if part.strip().lower() not in _BLANK_VALUES)


def single_identifier(value: str, omitted: Omissions, words: str = "") -> str:
    """Return the identifier of one entity, that of Wikidata without its address; empty if the value names none.

    NIL (with the mention's ``words`` as example) and several identifiers are counted in ``omitted``.
    """
    identifiers = {part.strip() for part in _SEPARATOR.split(value)}
    identifiers = {part for part in identifiers if part.lower() not in _BLANK_VALUES}
    if len(identifiers) > 1:
        omitted.add("mentions with several links, of which none is taken", value)
    if len(identifiers) != 1:
        return ""
    (identifier,) = identifiers
    if identifier.lower() in _NIL_VALUES:
        omitted.add("links that say NIL without a name", words or identifier)
        return ""
    wikidata = _WIKIDATA_ID.fullmatch(identifier)
    return wikidata[1].upper() if wikidata else identifier


def fitting_link(identifier: str, is_allowed: Callable[[str], bool]) -> str | None:
    """Return an identifier as a dataset allows it: as it is, or as ``NIL:`` and a local name in lowercase."""
    local = re.sub("^nil:", "", identifier, flags=re.I).lower()
    links = (identifier,) if _WIKIDATA_ID.fullmatch(identifier) else (identifier, f"NIL:{local}")
    return next(filter(is_allowed, links), None)
