"""Tokens of an article's content, cut so that each is completely inside or outside every mention.

Tokens are those of `pactwire.text.tokens`, cut where a mention starts or ends inside one, so that formats that label
tokens lose no character of a mention. Offsets are half-open code points of the content text.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pactwire.convert.export_mentions import Mention
from pactwire.model.records import Span
from pactwire.text import bio_tags, tokens
from pactwire.text.content import Content


@dataclass(frozen=True)
class TokenizedLine:
    """A line of the content text with its tokens and mentions; offsets count from the line's start."""

    text: str
    tokens: list[Span]
    mentions: list[Mention]

    def joins_next(self) -> list[bool]:
        """Return for each token whether the next one follows without white space."""
        starts = [token["start"] for token in self.tokens[1:]]
        return [*(token["end"] == start for token, start in zip(self.tokens, starts, strict=False)), False][
            : len(self.tokens)
        ]

    def iob2_tags(self, layer: str) -> list[str]:
        """Return the IOB2 tags of a layer's outermost mentions; of two crossing ones, the longer is tagged."""
        tags = [bio_tags.OUTSIDE] * len(self.tokens)
        for mention in bio_tags.outermost(each for each in self.mentions if each["layer"] == layer):
            first, last = self.token_range(mention)
            tags[first : last + 1] = [f"B-{mention['type']}", *[f"I-{mention['type']}"] * (last - first)]
        return tags

    def token_range(self, mention: Mention) -> tuple[int, int]:
        """Return the indices of a mention's first and last token, both inclusive."""
        first = bisect_left(self.tokens, mention["start"], key=lambda token: token["start"])
        last = bisect_left(self.tokens, mention["end"], key=lambda token: token["end"])
        return first, last


def tokens_cut_at_mentions(text: str, mentions: Iterable[Mention]) -> tuple[list[Span], int]:
    """Return the tokens of a text, cut at the edges of mentions, and how many were cut."""
    edges = sorted({edge for mention in mentions for edge in (mention["start"], mention["end"])})
    pieces: list[Span] = []
    cuts = 0
    for token in tokens.tokenize(text):
        inside = edges[bisect_left(edges, token["start"] + 1) : bisect_left(edges, token["end"])]
        cuts += bool(inside)
        bounds = [token["start"], *inside, token["end"]]
        pieces += [Span(start=start, end=end, text=text[start:end]) for start, end in pairwise(bounds)]
    return pieces, cuts


def tokenized_lines(content: Content, mentions: Sequence[Mention]) -> tuple[list[TokenizedLine], int, list[Mention]]:
    """Return the lines of a content text, the number of tokens that were cut, and the mentions across lines."""
    lines: list[TokenizedLine] = []
    cuts = 0
    placed: set[str] = set()
    ordered = sorted(mentions, key=lambda mention: mention["start"])
    starts = [mention["start"] for mention in ordered]
    for start, end, _ in content.lines:
        inside = ordered[bisect_left(starts, start) : bisect_left(starts, end)]
        in_line = [_shifted(mention, start) for mention in inside if mention["end"] <= end]
        placed |= {mention["id"] for mention in in_line}
        tokens, cut_here = tokens_cut_at_mentions(content.text[start:end], in_line)
        cuts += cut_here
        lines.append(TokenizedLine(content.text[start:end], tokens, in_line))
    return lines, cuts, [mention for mention in mentions if mention["id"] not in placed]


def _shifted(mention: Mention, start: int) -> Mention:
    shifted = mention.copy()
    shifted["start"], shifted["end"] = mention["start"] - start, mention["end"] - start
    return shifted
