"""The HTTP interface of the pretend Hub: one request in, one answer out, no sockets (see ``hub.py``).

Paths, fields and statuses are those that huggingface_hub 2.4 and datasets 5.2 send and read for dataset
repositories without Xet.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from support.hub_store import LFS_SIZE, LFS_SUFFIXES, Commit, File, HubError, Repo, Store, User, git_oid


@dataclass(frozen=True)
class Answer:
    """A status, a body (bytes, or what becomes JSON) and headers."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body's bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Request:
    """A request of a user (None: no token) to the Hub at ``base``; header names are in lower case.

    ``path`` is as sent, query included; ``groups`` are the parts that the route names, unquoted.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    user: User | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    def repo(self, store: Store, write: bool = False) -> Repo:
        """Return the repository that the path names, or raise HubError."""
        return store.open(self.groups["repo"], self.user, write)

    @property
    def query(self) -> dict[str, list[str]]:
        """Return the query's values by name."""
        return parse_qs(urlsplit(self.path).query)


Endpoint = Callable[[Store, Request], Answer]
ROUTES: list[tuple[str, re.Pattern[str], Endpoint]] = []
API = r"/api/datasets/(?P<repo>[^/]+/[^/]+)"
REVISION = r"/(?P<revision>[^/]+)"


def route(methods: str, pattern: str) -> Callable[[Endpoint], Endpoint]:
    """Register a function for methods (separated by spaces) and a pattern of the whole path."""

    def register(endpoint: Endpoint) -> Endpoint:
        ROUTES.extend((method, re.compile(pattern), endpoint) for method in methods.split())
        return endpoint

    return register


def respond(store: Store, request: Request) -> Answer:
    """Act on a request; every error, the stand-in's own included, becomes an answer."""
    try:
        path = urlsplit(request.path).path
        for method, pattern, endpoint in ROUTES:
            if method == request.method and (match := pattern.fullmatch(path)):
                groups = {name: unquote(value or "") for name, value in match.groupdict().items()}
                token = request.headers.get("authorization", "").removeprefix("Bearer ") or None
                user = store.user(token)
                return endpoint(store, replace(request, user=user, groups=groups))
        # 501 is no status that clients retry, and none that they take for a missing file
        return Answer(501, {"error": f"The stand-in does not serve {request.method} {request.path}"})
    except HubError as error:
        headers = {"X-Error-Message": error.message} | ({"X-Error-Code": error.code} if error.code else {})
        return Answer(error.status, {"error": error.message}, headers)
    except Exception as error:  # the stand-in's own mistake must show in the test, not hang it
        return Answer(501, {"error": f"The stand-in failed: {error!r}"})


@route("GET", "/api/whoami-v2")
def whoami(store: Store, request: Request) -> Answer:
    """Tell who a token stands for, and what it may do."""
    user = request.user
    if user is None:
        raise HubError(401, "Invalid username or password.")
    orgs = [{"type": "org", "name": name, "roleInOrg": "write"} for name in user.orgs]
    token = {"displayName": "token", "role": user.role}
    auth = {"type": "access_token", "accessToken": token}
    return Answer(body={"type": "user", "id": user.name, "name": user.name, "orgs": orgs, "auth": auth})


@route("POST", "/api/validate-yaml")
def validate_yaml(store: Store, request: Request) -> Answer:
    """Warn about a card without metadata; the metadata itself is not looked at."""
    missing = not request.json()["content"].startswith("---\n")
    warnings = [{"message": "empty or missing yaml metadata in repo card"}] if missing else []
    return Answer(body={"errors": [], "warnings": warnings})


@route("POST", "/api/repos/create")
def create(store: Store, request: Request) -> Answer:
    """Make a dataset repository; a 409 carries its address too, which clients read with exist_ok."""
    wanted = request.json()
    if wanted.get("type") != "dataset":
        raise HubError(400, "The stand-in holds dataset repositories only")
    owner = wanted.get("organization") or (request.user.name if request.user else "")
    repo_id = f"{owner}/{wanted['name']}"
    private = wanted.get("visibility") == "private" or wanted.get("private") is True
    body = {"url": f"{request.base}/datasets/{repo_id}", "name": repo_id}
    try:
        store.create(repo_id, private, request.user)
    except HubError as error:
        if error.status != 409:
            raise
        return Answer(409, body | {"error": error.message}, {"X-Error-Message": error.message})
    return Answer(body=body)


@route("GET", API + "(/revision" + REVISION + ")?")
def info(store: Store, request: Request) -> Answer:
    """Describe a repository at a revision, with its files' names, and with ``blobs`` their sizes and ids."""
    repo = request.repo(store)
    commit = repo.resolve(request.groups["revision"] or "main")
    blobs = request.query.get("blobs", [""])[0].lower() in ("1", "true")
    siblings = [{"rfilename": path} | (_sibling(file) if blobs else {}) for path, file in sorted(commit.files.items())]
    body = {"id": repo.id, "author": repo.id.split("/")[0], "sha": commit.oid, "lastModified": commit.date}
    flags = {"private": repo.private, "gated": False, "disabled": False, "tags": []}
    return Answer(body=body | flags | {"siblings": siblings})


def _sibling(file: File) -> dict[str, Any]:
    lfs = {"sha256": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
    return {"size": file.size, "blobId": file.oid} | ({"lfs": lfs} if file.lfs else {})


@route("GET", API + "/refs")
def refs(store: Store, request: Request) -> Answer:
    """List branches and tags."""
    repo = request.repo(store)
    branches, tags = (
        [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid} for name, oid in names.items()]
        for kind, names in (("heads", repo.branches), ("tags", repo.tags))
    )
    others = [{"name": ref.rpartition("/")[2], "ref": ref, "targetCommit": oid} for ref, oid in repo.others.items()]
    converts, requests = ([each for each in others if is_request == ("/pr/" in each["ref"])] for is_request in (0, 1))
    shown = {"pullRequests": requests} if "include_prs" in request.query else {}
    return Answer(body={"branches": branches, "tags": tags, "converts": converts} | shown)


@route("GET", API + "/commits" + REVISION)
def commits(store: Store, request: Request) -> Answer:
    """List a revision's commits, newest first, on one page."""
    body = []
    for commit in request.repo(store).history(request.groups["revision"]):
        authors = [{"user": commit.author}]
        about = {"title": commit.title, "message": commit.message, "date": commit.date}
        body.append({"id": commit.oid, "authors": authors} | about)
    return Answer(body=body)


@route("GET", API + "/tree" + REVISION + "(/(?P<path>[^/]+))?")
def tree(store: Store, request: Request) -> Answer:
    """List the files and folders below a folder, on one page; 404 where there is no such folder."""
    commit = request.repo(store).resolve(request.groups["revision"])
    folder = request.groups["path"].rstrip("/")
    deep = request.query.get("recursive", [""])[0].lower() in ("1", "true")
    prefix = folder + "/" if folder else ""
    entries = [entry for entry in _entries(commit) if entry["path"].startswith(prefix)]
    if folder and not entries:
        raise HubError(404, f"{folder} does not exist on {request.groups['revision']}", "EntryNotFound")
    return Answer(body=[entry for entry in entries if deep or "/" not in entry["path"][len(prefix) :]])


@route("POST", API + "/paths-info" + REVISION)
def paths_info(store: Store, request: Request) -> Answer:
    """Describe the files and folders named in the form's ``paths``; names that do not exist are left out."""
    commit = request.repo(store).resolve(request.groups["revision"])
    wanted = parse_qs(request.body.decode()).get("paths", [])
    return Answer(body=[entry for entry in _entries(commit) if entry["path"] in wanted])


def _entries(commit: Commit) -> list[dict[str, Any]]:
    """Return every file and folder of a commit as the tree endpoint shows them, by path."""
    entries: dict[str, dict[str, Any]] = {}
    for path, file in commit.files.items():
        lfs = {"oid": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
        entry = {"type": "file", "oid": file.oid, "size": file.size, "path": path}
        entries[path] = entry | ({"lfs": lfs} if file.lfs else {})
        for parent in list(PurePosixPath(path).parents)[:-1]:
            folder = {
                "type": "directory",
                "oid": git_oid(str(parent).encode()),
                "size": 0,
                "path": str(parent),
            }
            entries[str(parent)] = folder
    return [entries[path] for path in sorted(entries)]


@route("POST", API + "/preupload" + REVISION)
def preupload(store: Store, request: Request) -> Answer:
    """Say of each file whether it goes through LFS, and the id of what stands under its name now."""
    commit = request.repo(store, write=True).resolve(request.groups["revision"])
    answers = []
    for wanted in request.json()["files"]:
        binary = b"\0" in base64.b64decode(wanted["sample"])
        lfs = binary or wanted["path"].endswith(LFS_SUFFIXES) or wanted["size"] > LFS_SIZE
        answer = {"path": wanted["path"], "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": False}
        if file := commit.files.get(wanted["path"]):
            answer["oid"] = file.sha256 if file.lfs else file.oid
        answers.append(answer)
    return Answer(body={"files": answers, "commitOid": commit.oid})


@route("POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
def lfs_batch(store: Store, request: Request) -> Answer:
    """Say where to put each LFS object and how to confirm it; one that is here already needs neither."""
    repo = request.repo(store, write=True)
    objects = []
    for wanted in request.json()["objects"]:
        href = f"{request.base}/lfs/{repo.id}/{wanted['oid']}"
        actions = {"upload": {"href": href}, "verify": {"href": href + "/verify"}}
        objects.append(wanted | ({} if wanted["oid"] in repo.lfs else {"actions": actions}))
    return Answer(body={"transfer": "basic", "objects": objects})


@route("PUT", r"/lfs/(?P<repo>[^/]+/[^/]+)/(?P<oid>[0-9a-f]{64})")
def lfs_upload(store: Store, request: Request) -> Answer:
    """Take an LFS object. As with storage behind signed addresses, clients send no token."""
    store.repos[request.groups["repo"]].add_lfs(request.groups["oid"], request.body)
    return Answer()


@route("POST", r"/lfs/(?P<repo>[^/]+/[^/]+)/(?P<oid>[0-9a-f]{64})/verify")
def lfs_verify(store: Store, request: Request) -> Answer:
    """Confirm that an LFS object is here, with the size announced."""
    repo, wanted = request.repo(store, write=True), request.json()
    if wanted["oid"] not in repo.lfs or len(store.blobs[wanted["oid"]]) != wanted["size"]:
        raise HubError(404, "LFS object not found")
    return Answer(body={"success": True})


@route("POST", API + "/commit" + REVISION)
def commit(store: Store, request: Request) -> Answer:
    """Apply one ndjson payload as one commit, or refuse all of it."""
    repo = request.repo(store, write=True)
    lines = [json.loads(line) for line in request.body.splitlines()]
    author = request.user.name if request.user else ""
    made = repo.commit(request.groups["revision"], lines, author)
    url = f"{request.base}/datasets/{repo.id}/commit/{made.oid}"
    return Answer(body={"success": True, "commitOid": made.oid, "commitUrl": url, "hookOutput": ""})


@route("POST DELETE", API + "/tag" + REVISION)
def tag(store: Store, request: Request) -> Answer:
    """Give a revision a tag, or take the tag of that name away."""
    repo = request.repo(store, write=True)
    if request.method == "DELETE":
        repo.untag(request.groups["revision"])
    else:
        repo.tag(request.json()["tag"], request.groups["revision"])
    return Answer(body={"success": True})


@route("POST", API + "/super-squash" + REVISION)
def super_squash(store: Store, request: Request) -> Answer:
    """Make one commit of a branch's history."""
    repo = request.repo(store, write=True)
    repo.squash(request.groups["revision"], request.json()["message"], request.user.name if request.user else "")
    return Answer(body={"success": True})


@route("GET", API + "/lfs-files")
def lfs_files(store: Store, request: Request) -> Answer:
    """List the LFS objects of a repository, whether anything points to them or not."""
    about = {"filename": "?", "oid": "0" * 40, "pushedAt": "2026-01-01T00:00:00.000Z", "ref": None}
    repo = request.repo(store, write=True)
    return Answer(body=[{"fileOid": oid, "size": len(store.blobs[oid]), **about} for oid in sorted(repo.lfs)])


@route("POST", API + "/lfs-files/batch")
def delete_lfs_files(store: Store, request: Request) -> Answer:
    """Delete LFS objects for good; the stand-in rewrites no history for it."""
    wanted = request.json()["deletions"]
    if wanted["rewriteHistory"]:
        raise HubError(400, "The stand-in rewrites no history")
    request.repo(store, write=True).delete_lfs(wanted["sha"])
    return Answer(body={"success": True})


@route("POST DELETE", API + "/branch" + REVISION)
def branch(store: Store, request: Request) -> Answer:
    """Start a branch at ``startingPoint``, by default the head of main; or delete one."""
    if request.method == "DELETE":
        request.repo(store, write=True).unbranch(request.groups["revision"])
        return Answer(body={"success": True})
    start = request.json().get("startingPoint", "main") if request.body else "main"
    request.repo(store, write=True).branch(request.groups["revision"], start)
    return Answer(body={"success": True})


@route("GET HEAD", r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve" + REVISION + "/(?P<path>.+)")
def resolve(store: Store, request: Request) -> Answer:
    """Return a file's content or the range asked for, with the headers that clients keep caches by."""
    commit, file = request.repo(store).file(request.groups["revision"], request.groups["path"])
    data = store.blobs[file.sha256]
    etag = f'"{file.sha256 if file.lfs else file.oid}"'
    headers = {"X-Repo-Commit": commit.oid, "ETag": etag, "Accept-Ranges": "bytes"}
    if file.lfs:
        headers |= {"X-Linked-ETag": etag, "X-Linked-Size": str(file.size)}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if match is None or match.group() == "bytes=-":
        return Answer(200, data, headers)
    first, last = match.groups()
    start = int(first) if first else max(0, len(data) - int(last))
    end = min(len(data), int(last) + 1) if first and last else len(data)
    if start >= end:
        return Answer(416, b"", headers | {"Content-Range": f"bytes */{len(data)}"})
    content_range = f"bytes {start}-{end - 1}/{len(data)}"
    return Answer(206, data[start:end], headers | {"Content-Range": content_range})
