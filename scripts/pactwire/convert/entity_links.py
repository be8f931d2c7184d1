"""Foreign identifiers of what a mention names to links of ours: a Wikidata id, or ``NIL:`` and a local name."""

import re
from typing import Final

from pactwire.convert.omissions import Omissions
from pactwire.model import schema

_BLANK_VALUES: Final = frozenset(("", "_", "-", "o"))
"""Values, in small letters, that leave a link open."""
_NIL_VALUES: Final = frozenset(("nil", "nme", "--nme--", "not_in_wiki", "null", "none", "nan", "n/a"))
"""Values, in small letters, that say that the knowledge base has no entry."""
_WIKIDATA_ID: Final = re.compile(r"(?:https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)?(Q[0-9]+)", re.I)
_SEPARATOR: Final = re.compile(r"\||[,;\s]+(?=Q[0-9])")
_MAX_LOCAL_LENGTH: Final = 64


def link_attribute(value: str, left: Omissions, words: str = "") -> dict[str, str | None]:
    """Return the attribute that a foreign identifier becomes; none where it says that there is no link.

    What can't be a link of ours is counted in ``left``: NIL (the example is the mention's ``words``), several
    identifiers, and identifiers that are too long or hold other characters.
    """
    said = {part.strip() for part in _SEPARATOR.split(value)} - {""}
    said = {part for part in said if part.lower() not in _BLANK_VALUES}
    if len(said) > 1:
        left.add("mentions with several links, of which none is taken", value)
    if len(said) != 1:
        return {}
    (name,) = said
    if name.lower() in _NIL_VALUES:
        left.add("links that say NIL without a name", words or name)
        return {}
    wikidata = _WIKIDATA_ID.fullmatch(name)
    local = re.sub("^nil:", "", name, flags=re.I).lower()
    ours = wikidata[1].upper() if wikidata else f"NIL:{local}"
    if schema.is_valid(ours, "annotation", "link"):
        return {"link": ours}
    if wikidata:
        left.add("links that are no Wikidata id", value)
    else:
        what = "characters" if len(local) <= _MAX_LOCAL_LENGTH else f"more than {_MAX_LOCAL_LENGTH} characters"
        left.add(f"links with {what} that ours can't have", value)
    return {}
