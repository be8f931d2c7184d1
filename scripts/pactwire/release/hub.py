"""A client for one dataset repository on the Hub, which turns errors into issues.

The token comes from HF_TOKEN or from huggingface_hub's own store. It is passed only to huggingface_hub, and removed
from every message.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # httpx2, or in older versions httpx
from huggingface_hub.utils.tqdm import disable_progress_bars

from pactwire.model.issues import DataError, Issue

HUB_ERRORS: Final = (HfHubHTTPError, httpx.HTTPError, RuntimeError, ValueError, OSError)
"""What huggingface_hub raises: error responses, lost connections, failed uploads, invalid cards, file errors."""

GITATTRIBUTES: Final = ".gitattributes"
"""The file that the Hub itself adds to a repository; it lists the files that are stored in LFS."""


class RemoteFile(NamedTuple):
    """A file on the Hub: its size, its SHA-256 if it is in LFS, and the git id of its blob."""

    size: int
    sha256: str | None
    blob: str


class RepositoryState(NamedTuple):
    """A dataset repository; ``head`` is the commit of main, None without a repository; ``tags`` name commits."""

    name: str
    head: str | None
    public: bool
    tags: Mapping[str, str]


class HubClient:
    """The Hub with one token, for one repository."""

    def __init__(self, repo: str) -> None:
        """Raises DataError (publish-token, publish-permission) if the token may not write to the repository."""
        self.repo = repo
        self.token = get_token()
        if not self.token:
            raise DataError([Issue(repo, 1, "publish-token", "there is no token")])
        self.api = HfApi(token=self.token)
        try:
            user: Any = self.api.whoami()
        except HUB_ERRORS as error:
            raise self.as_data_error(error) from None
        if problem := _write_denial(repo, user):
            raise DataError([Issue(repo, 1, "publish-permission", problem)])

    def get_repository(self) -> RepositoryState:
        """Return the current state of the repository."""
        try:
            about = self.api.dataset_info(self.repo)
            refs = self.api.list_repo_refs(self.repo, repo_type="dataset")
        except RepositoryNotFoundError:
            return RepositoryState(self.repo, None, False, {})
        except HUB_ERRORS as error:
            raise self.as_data_error(error) from None
        heads = {branch.name: branch.target_commit for branch in refs.branches}
        tags = {tag.name: tag.target_commit for tag in refs.tags}
        return RepositoryState(self.repo, heads.get("main", about.sha), not about.private, tags)

    def list_files(self, commit: str | None) -> dict[str, RemoteFile]:
        """Return the files of a commit by path, except GITATTRIBUTES."""
        if commit is None:
            return {}
        try:
            tree = list(self.api.list_repo_tree(self.repo, recursive=True, revision=commit, repo_type="dataset"))
        except HUB_ERRORS as error:
            raise self.as_data_error(error) from None
        return {
            each.path: RemoteFile(each.size, each.lfs.sha256 if each.lfs else None, each.blob_id)
            for each in tree
            if isinstance(each, RepoFile) and each.path != GITATTRIBUTES
        }

    def as_data_error(self, error: BaseException, code: str = "publish-hub") -> DataError:
        """Return an error of huggingface_hub as an issue; a wrong token, permission or parent has its own code."""
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
        if code == "publish-hub":
            missing = isinstance(error, RepositoryNotFoundError) and not isinstance(error, RevisionNotFoundError)
            special = {401: "publish-token", 403: "publish-permission", 412: "publish-parent"}
            code = "publish-permission" if missing else special.get(status, code)
        return DataError([Issue(self.repo, 1, code, self.describe_error(error))])

    def describe_error(self, error: BaseException) -> str:
        """Return an error on one line, without the token."""
        if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
            return f"{self.redact(str(error))}: {self.describe_error(error.__cause__)}"
        if not isinstance(error, HfHubHTTPError):
            return self.redact(f"{error or type(error).__name__}".strip().splitlines()[0])
        detail = error.server_message or ""
        wait = error.response.headers.get("Retry-After")
        parts = [f"the Hub answered {error.response.status_code}", detail, f"wait {wait} s" if wait else ""]
        return self.redact("; ".join(part.strip().replace("\n", " ") for part in parts if part))

    def redact(self, text: str) -> str:
        """Return a text with the token replaced by stars."""
        return text.replace(self.token, "***") if self.token else text


def hide_progress_bars() -> None:
    """Keep huggingface_hub from printing progress bars."""
    disable_progress_bars()


def _write_denial(repo: str, user: Mapping[str, Any]) -> str | None:
    """Return why a user, as whoami describes it, may not write to a repository; None if no reason is known."""
    owner = repo.partition("/")[0]
    token = user.get("auth", {}).get("accessToken", {})
    if token.get("role") == "read":
        return f"the token of {user['name']} may only read"
    if owner not in (user["name"], *(org["name"] for org in user.get("orgs", []))):
        return f"{user['name']} is neither {owner} nor a member of it"
    return None
