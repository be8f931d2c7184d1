"""An article's content and its mentions to tokens of which each lies whole inside or outside of every mention.

Tokens are those of `pactwire.text.tokens`, cut where a mention starts or ends inside one, so that formats that label
tokens lose no character of a mention. Offsets are code points of the content text, half-open.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pactwire.model.records import Entity, Span
from pactwire.text import bio_tags, tokens
from pactwire.text.content import Content


@dataclass(frozen=True)
class TokenizedLine:
    """A line of the content text, its tokens and the mentions in it; offsets count from the line's start."""

    text: str
    tokens: list[Span]
    mentions: list[Entity]

    def joins_next(self) -> list[bool]:
        """Say of each token whether the next one follows without white space."""
        starts = [token["start"] for token in self.tokens[1:]]
        return [*(token["end"] == start for token, start in zip(self.tokens, starts, strict=False)), False][
            : len(self.tokens)
        ]

    def iob2_tags(self) -> list[str]:
        """Return the IOB2 tags of the mentions that lie in no other; of crossing ones the longer."""
        tags = [bio_tags.OUTSIDE] * len(self.tokens)
        for mention in bio_tags.outermost(self.mentions):
            first, last = self.token_range(mention)
            tags[first : last + 1] = [f"B-{mention['type']}", *[f"I-{mention['type']}"] * (last - first)]
        return tags

    def token_range(self, mention: Entity) -> tuple[int, int]:
        """Return the first and the last token of a mention."""
        first = bisect_left(self.tokens, mention["start"], key=lambda token: token["start"])
        last = bisect_left(self.tokens, mention["end"], key=lambda token: token["end"])
        return first, last


def tokens_cut_at_mentions(text: str, mentions: Iterable[Entity]) -> tuple[list[Span], int]:
    """Return the tokens of a text, cut at the edges of mentions, and how many were cut."""
    edges = sorted({edge for mention in mentions for edge in (mention["start"], mention["end"])})
    found: list[Span] = []
    many = 0
    for token in tokens.tokenize(text):
        inside = edges[bisect_left(edges, token["start"] + 1) : bisect_left(edges, token["end"])]
        many += bool(inside)
        places = [token["start"], *inside, token["end"]]
        found += [Span(start=start, end=end, text=text[start:end]) for start, end in pairwise(places)]
    return found, many


def tokenized_lines(content: Content, mentions: Sequence[Entity]) -> tuple[list[TokenizedLine], int, list[Entity]]:
    """Return the lines of a content text that are not blank, how many tokens were cut, and the mentions in no line."""
    found: list[TokenizedLine] = []
    cuts = 0
    within: set[str] = set()
    ordered = sorted(mentions, key=lambda mention: mention["start"])
    starts = [mention["start"] for mention in ordered]
    for start, end, _ in content.lines:
        inside = ordered[bisect_left(starts, start) : bisect_left(starts, end)]
        moved = [_shifted(mention, start) for mention in inside if mention["end"] <= end]
        within |= {mention["id"] for mention in moved}
        tokens, many = tokens_cut_at_mentions(content.text[start:end], moved)
        cuts += many
        found.append(TokenizedLine(content.text[start:end], tokens, moved))
    return found, cuts, [mention for mention in mentions if mention["id"] not in within]


def _shifted(mention: Entity, start: int) -> Entity:
    moved = mention.copy()
    moved["start"], moved["end"] = mention["start"] - start, mention["end"] - start
    return moved
