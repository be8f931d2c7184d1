"""Settings of property tests."""

from hypothesis import settings


def examples(most: int) -> settings:
    """Return settings with at most this number of examples, and no more than the profile of `make quick` allows."""
    usual: int = settings().max_examples
    return settings(max_examples=most if usual >= 100 else min(most, usual))
