"""External identifiers of entities, converted to our links: a Wikidata id, or ``NIL:`` and a local name."""

import re
from typing import Final

from pactwire.convert.omissions import Omissions
from pactwire.model import schema

_BLANK_VALUES: Final = frozenset(("", "_", "-", "o"))
"""Values, in lowercase, that leave a link open."""
_NIL_VALUES: Final = frozenset(("nil", "nme", "--nme--", "not_in_wiki", "null", "none", "nan", "n/a"))
"""Values, in lowercase, for an entity without an entry in the knowledge base."""
_WIKIDATA_ID: Final = re.compile(r"(?:https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)?(Q[0-9]+)", re.I)
_SEPARATOR: Final = re.compile(r"\||[,;\s]+(?=Q[0-9])")
_MAX_LOCAL_LENGTH: Final = 64


def link_attribute(value: str, omitted: Omissions, words: str = "") -> dict[str, str | None]:
    """Return the ``link`` attribute for an external identifier; empty if it names no entity.

    Identifiers that cannot become a link are counted in ``omitted``: NIL (with the mention's ``words`` as example),
    several identifiers, and identifiers that are too long or have other characters.
    """
    identifiers = {part.strip() for part in _SEPARATOR.split(value)}
    identifiers = {part for part in identifiers if part.lower() not in _BLANK_VALUES}
    if len(identifiers) > 1:
        omitted.add("mentions with several links, of which none is taken", value)
    if len(identifiers) != 1:
        return {}
    (identifier,) = identifiers
    if identifier.lower() in _NIL_VALUES:
        omitted.add("links that say NIL without a name", words or identifier)
        return {}
    wikidata = _WIKIDATA_ID.fullmatch(identifier)
    local = re.sub("^nil:", "", identifier, flags=re.I).lower()
    link = wikidata[1].upper() if wikidata else f"NIL:{local}"
    if schema.is_valid(link, "annotation", "link"):
        return {"link": link}
    if wikidata:
        omitted.add("links that are no Wikidata id", value)
    else:
        reason = "characters" if len(local) <= _MAX_LOCAL_LENGTH else f"more than {_MAX_LOCAL_LENGTH} characters"
        omitted.add(f"links with {reason} that ours can't have", value)
    return {}
