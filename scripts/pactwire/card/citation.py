"""The citation of a version of a dataset, as BibTeX in a card."""

import re
from typing import Final

_SPECIAL: Final = re.compile(r"[&%$#_{}~^\\]")
_ESCAPED: Final = {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}


def bibtex_entry(name: str, version: str, repository: str, year: str) -> str:
    """Return a Markdown block with an entry of BibTeX, which any style prints.

    Args:
        name: What people call the dataset.
        version: The version of the data, which is also a tag.
        repository: The dataset's repository on the Hub, OWNER/NAME.
        year: The year of its latest labels, or nothing.
    """
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "dataset"
    fields = {
        "title": f"{{{_escape(name)}}}",  # the inner braces keep its capitals
        "author": f"{{{_escape(name)} contributors}}",
        "year": year,
        "version": version,
        "howpublished": f"Dataset on the Hugging Face Hub, {_escape(repository)}, revision v{version}",
    }
    lines = [f"  {field:<12} = {{{value}}}," for field, value in fields.items() if value]
    return "\n".join(["```bibtex", f"@misc{{{key},", *lines, "}", "```"])


def _escape(text: str) -> str:
    """Return a text without line breaks and code fences, and with the signs that mean something to TeX escaped."""
    plain = " ".join(text.replace("`", "'").split())
    return _SPECIAL.sub(lambda sign: _ESCAPED.get(sign[0], rf"\{sign[0]}"), plain)
