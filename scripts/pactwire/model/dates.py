"""Days and UTC times in ISO 8601, as records hold them."""

from datetime import datetime


def date_flaw(value: str) -> str:
    """Return what is wrong with a day or a UTC time in ISO 8601, or the empty string."""
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        return f"{value} does not exist: {error}"
    return ""
