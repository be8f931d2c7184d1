"""A number of examples to the settings of a property test."""

from hypothesis import settings


def examples(most: int) -> settings:
    """Return settings that draw at most so many examples, and no more than the few of `make quick` there."""
    usual: int = settings().max_examples
    return settings(max_examples=most if usual >= 100 else min(most, usual))
