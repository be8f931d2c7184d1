"""Annotator ids: the pseudonyms of Label Studio users. E-mail addresses stay in a file that git ignores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pactwire.corpus import rounds
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.model.records import Annotator, AnnotatorKind
from pactwire.storage import files

ANNOTATORS_FILE: Final = ".pactwire/annotators.json"
"""A JSON object that maps e-mail addresses (or user numbers, which is all that exports have) to pseudonyms."""

RESERVED: Final = (rounds.FINAL, *rounds.FOLDER_NAMES)
"""The folders of annotations/ that are no person's."""


class AnnotatorDirectory:
    """The users of a server: ``emails`` by user number, and pseudonyms by e-mail address or number."""

    def __init__(self, emails: Mapping[int, str], pseudonyms: Mapping[str, str]) -> None:
        self.emails = emails
        self.pseudonyms = {name.lower(): pseudonym for name, pseudonym in pseudonyms.items()}

    def name(self, user: Any) -> str:
        """Return the name of a user (a number, an address or a record with these) on the server."""
        if isinstance(user, dict):
            user = user.get("email") or user.get("id")
        return self.emails.get(user, f"user {user}") if isinstance(user, int) else str(user)

    def pseudonym(self, user: Any) -> str | None:
        """Return a user's pseudonym; None if the mapping file has none."""
        return self.pseudonyms.get(self.name(user).lower()) or self.pseudonyms.get(str(user_number(user)))

    def display_name(self, user: Any) -> str:
        """Return a user's pseudonym or, if they have none, their name on the server."""
        return self.pseudonym(user) or self.name(user)

    def is_same_person(self, one: Any, other: Any) -> bool:
        """Say whether two users are one person: they have the same number (or name, without one), or pseudonym."""
        number = user_number(one)
        if number == user_number(other) and (number is not None or self.name(one) == self.name(other)):
            return True
        pseudonym = self.pseudonym(one)
        return pseudonym is not None and pseudonym == self.pseudonym(other)


def user_number(user: Any) -> Any:
    """Return the number of a user, who may be a record with it."""
    return user.get("id") if isinstance(user, dict) else user


def load_pseudonyms(root: Path) -> dict[str, str]:
    """Return the pseudonyms in the mapping file; none if it is missing.

    Raises DataError (schema, and those of files.read_json).
    """
    path = root / ANNOTATORS_FILE
    if not path.is_file():
        return {}
    value = files.read_json(path, ANNOTATORS_FILE)
    if not isinstance(value, dict):
        raise DataError(
            [Issue(ANNOTATORS_FILE, 1, "schema", "it is not an object that maps e-mail addresses to pseudonyms")]
        )
    wrong = [
        Issue(
            ANNOTATORS_FILE,
            1,
            "schema",
            f"{pseudonym!r} can't be the pseudonym of {name}: use a-z, 0-9, _ and -, not {', '.join(RESERVED)}",
        )
        for name, pseudonym in value.items()
        if pseudonym in RESERVED or not tool_validator("envelope", "annotator_id").is_valid(pseudonym)
    ]
    if wrong:
        raise DataError(wrong)
    return value


def annotator_record(pseudonym: str) -> Annotator:
    """Return the record of a person. It has no name and no version, since only the pseudonym is kept."""
    return Annotator(id=pseudonym, kind=AnnotatorKind.HUMAN, name=None, version=None)
