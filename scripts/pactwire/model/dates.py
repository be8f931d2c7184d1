"""Dates and UTC times in ISO 8601, as records contain them."""

from datetime import datetime


def date_flaw(value: str) -> str:
    """Return what is wrong with a date or a UTC time in ISO 8601; empty if it is valid."""
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        return f"{value} does not exist: {error}"
    return ""
