"""Verification of a release on the Hub, as a user with an empty cache would get it.

Everything is downloaded into a cache of its own. huggingface_hub checks the size of a download but not its hash, so
every file is hashed here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import constants, snapshot_download

from pactwire.model.issues import Issue
from pactwire.release.hub import GITATTRIBUTES, HUB_ERRORS, HubClient
from pactwire.storage.files import file_sha256
from pactwire.storage.row_digest import RowDigest


def files(hub: HubClient, commit: str, wanted: Mapping[str, str], home: Path, tagged: bool) -> list[Issue]:
    """Download a commit and return an issue for each file that differs.

    Args:
        hub: The client of the repository.
        commit: The commit to verify.
        wanted: The SHA-256 of each file by name.
        home: The folder of the download cache.
        tagged: Whether the commit has its tag, which decides the codes of the issues.
    """
    try:
        folder = Path(
            snapshot_download(hub.repo, repo_type="dataset", revision=commit, cache_dir=home / "hub", token=hub.token)
        )
    except HUB_ERRORS as error:
        return hub.as_data_error(error, "publish-verify" if tagged else "publish-unfinished").issues
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    code = "publish-verify" if tagged else "publish-upload"
    place = f"{hub.repo}@{commit[:8]}"
    issues = []
    for name in sorted({*names, *wanted} - {GITATTRIBUTES}):
        actual = file_sha256(folder / name) if name in names else "none"
        if name not in wanted:
            issues.append(Issue(f"{place}/{name}", 1, code, "the file is not part of the release"))
        elif actual != wanted[name]:
            message = f"the downloaded file has the SHA-256 {actual}, not {wanted[name]}"
            issues.append(Issue(f"{place}/{name}", 1, code, message))
    return issues


def rows(hub: HubClient, tag: str, configs: Mapping[str, Any], home: Path) -> list[Issue]:
    """Load every config at a tag in a separate process with the cache ``home``; return an issue for each that differs.

    ``configs`` is from the manifest. The rows of each file are compared by their number and digest (`RowDigest`).
    """
    wanted = {
        config: {split: [[file["rows"], file["digest"]] for file in files] for split, files in splits.items()}
        for config, splits in configs.items()
    }
    sizes = {
        config: {split: [rows for rows, _ in files] for split, files in splits.items()}
        for config, splits in wanted.items()
    }
    done = subprocess.run(
        [sys.executable, "-m", "pactwire.release.verify", hub.repo, tag],
        input=json.dumps(sizes),
        env=_environment(hub, home),
        capture_output=True,
        text=True,
        check=False,
    )
    place = f"{hub.repo}@{tag}"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return [Issue(place, 1, "publish-verify", hub.redact(f"load_dataset fails: {last}"))]
    loaded = json.loads(done.stdout)
    return [
        Issue(place, 1, "publish-verify", f"the rows of {config} are not those of the manifest")
        for config in sorted({*wanted, *loaded})
        if wanted.get(config) != loaded.get(config)
    ]


def _environment(hub: HubClient, home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HF_ENDPOINT": constants.ENDPOINT,
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_DATASETS_CACHE": str(home / "datasets"),
        "HF_TOKEN": hub.token or "",
        "HF_HUB_DISABLE_XET": "1" if constants.HF_HUB_DISABLE_XET else "0",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_OFFLINE": "0",
        "HF_DATASETS_OFFLINE": "0",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    }


def load_digests(repo: str, tag: str, sizes: Mapping[str, Any]) -> dict[str, dict[str, list[tuple[int, str]]]]:
    """Return (number of rows, digest) of each file as `load_dataset` loads it, by config and split.

    ``sizes`` are the expected numbers of rows of the files; surplus rows count as one more file.
    """
    from datasets import disable_progress_bars, get_dataset_config_names, load_dataset

    disable_progress_bars()
    digests = {}
    for config in get_dataset_config_names(repo, revision=tag):
        splits: Any = load_dataset(repo, config, revision=tag)
        known = sizes.get(config, {})
        digests[config] = {name: list(_split_digests(split, known.get(name, []))) for name, split in splits.items()}
    return digests


def _split_digests(split: Any, sizes: Sequence[int]) -> Iterator[tuple[int, str]]:
    start = 0
    for size in (*sizes, split.num_rows):
        end = min(start + size, split.num_rows)
        if start < end:
            digest = RowDigest()
            for table in split.select(range(start, end)).with_format("arrow").iter(1000):
                for batch in table.to_batches():
                    digest.add(batch)
            yield end - start, digest.hexdigest()
        start = end


if __name__ == "__main__":
    print(json.dumps(load_digests(sys.argv[1], sys.argv[2], json.load(sys.stdin))))
