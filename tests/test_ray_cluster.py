"""A cluster of two nodes with a token: builds and ingests give the same bytes there, and only who has it gets in."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import contents
from pactwire.model.issues import REMEDIES
from test_ingest_workers import archive

NODES = """
import sys
from ray.cluster_utils import Cluster

if __name__ == "__main__":
    about = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args=about)
    cluster.add_node(**about)
    cluster.wait_for_nodes()
    print("address", cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()
"""
COMMAND = """
from pactwire.build import shards
from pactwire.cli.main import main

shards.ARTICLES_PER_SHARD = 4
if __name__ == "__main__":
    main()
"""
Variables = dict[str, str]
pytestmark = [pytest.mark.soak, pytest.mark.slow]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Variables]:
    """The variables by which a cluster of two nodes on this machine is reached."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "nodes.py").write_text(NODES)
    variables = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    process = subprocess.Popen(
        [sys.executable, folder / "nodes.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, env={**os.environ, **variables},
    )  # fmt: skip
    assert process.stdout is not None
    address = next(line.split()[1] for line in process.stdout if line.startswith("address "))
    yield {**variables, "RAY_ADDRESS": address}
    process.communicate("", timeout=60)


def command(folder: Path, variables: Variables, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command, with small shards."""
    script = folder / "command.py"
    script.write_text(COMMAND)
    return subprocess.run(
        [sys.executable, script, *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, **variables},
    )  # fmt: skip


def test_builds_and_ingests_the_same_bytes(cluster: Variables, many: Path, golden: Path, tmp_path: Path) -> None:
    """On two nodes as in processes of this machine, of several shards and of an archive of pages."""
    (tmp_path / "x.warc.gz").write_bytes(archive(40))
    written = []
    for engine, variables in (("local", {}), ("ray", cluster)):
        root = tmp_path / engine
        subprocess.run(["/bin/cp", "-r", str(many), str(root)], check=True)
        for words in (["build"], ["ingest", tmp_path / "x.warc.gz"]):
            done = command(tmp_path, variables, *words, "--root", root, "--engine", engine)
            assert done.returncode == 0, (done.stdout, done.stderr)
        written.append(contents(root / "dataset"))
    assert written[0] == written[1]
    assert sum(name.startswith("data/") for name in written[0]) > 8


@pytest.mark.parametrize("mode", ["token", "disabled"])
def test_a_wrong_token_is_an_issue(cluster: Variables, many: Path, tmp_path: Path, mode: str) -> None:
    """So is none; its remedy names the variables."""
    wrong = {**cluster, "RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN": "0" * 64}
    done = command(tmp_path, wrong, "build", "--root", many, "--engine", "ray")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{cluster['RAY_ADDRESS']}:1: no-cluster: ")
    assert done.stdout.endswith(f" ({REMEDIES['no-cluster']})\n")
    assert "RAY_AUTH_TOKEN" in REMEDIES["no-cluster"]
    assert "Traceback" not in done.stderr
