"""Downloads of a published dataset from the Hub, each at one commit, into the cache of huggingface_hub.

A token comes from HF_TOKEN or from huggingface_hub's own store; only huggingface_hub uses it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from pactwire.model.issues import DataError, Issue

HUB_PREFIX: Final = "hf://datasets/"


class HubAddress(NamedTuple):
    """A repository of a dataset, and a branch, tag or commit of it; None for its main branch."""

    repository: str
    revision: str | None

    def __str__(self) -> str:
        return f"{HUB_PREFIX}{self.repository}" + (f"@{self.revision}" if self.revision else "")


def parse_address(address: str) -> HubAddress:
    """Return what an address ``hf://datasets/ORG/NAME`` or ``hf://datasets/ORG/NAME@REVISION`` names."""
    repository, _, revision = address.removeprefix(HUB_PREFIX).partition("@")
    return HubAddress(repository, unquote(revision) or None)


def download(address: HubAddress, patterns: Sequence[str]) -> Path:
    """Return a folder with the files of a revision that match patterns; its name is the commit.

    What the cache has is not fetched again.

    Raises:
        DataError: (snapshot-hub) It cannot be downloaded, or is no address that the Hub allows.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    from huggingface_hub.utils.tqdm import tqdm

    class Silent(tqdm):
        """A progress bar that shows nothing."""

        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]

    try:
        path = snapshot_download(
            address.repository,
            repo_type="dataset",
            revision=address.revision,
            allow_patterns=list(patterns),
            tqdm_class=Silent,
        )
    except HFValidationError as error:
        raise DataError([Issue(str(address), 1, "snapshot-hub", f"it is not an address on the Hub: {error}")]) from None
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError([Issue(str(address), 1, "snapshot-hub", f"it cannot be downloaded: {reason}")]) from None
    return Path(path)
