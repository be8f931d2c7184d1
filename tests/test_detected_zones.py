"""Zones by rule are worked out once for a text, whatever happens to the cache that keeps them."""

import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conftest import contents
from pactwire.card import dataset_folder
from pactwire.corpus import corpus, detected_zones
from pactwire.model import strict_json
from pactwire.storage import fingerprint
from pactwire.storage.result_cache import ResultCache
from pactwire.suggest import draft_writer
from pactwire.text import zones
from pactwire.validation import validate

VERSION = "ab" * 32
TEXTS = 12


@pytest.fixture
def plain(golden: Path) -> Path:
    """The golden dataset, with articles that bring no zones and have no documents."""
    chance = random.Random(1)
    words = ["the", "of", "Moscow", "and", "said", "that", "troops", "les", "soldats", "ont", "été", "à", "mardi"]
    lines = []
    for number in range(TEXTS):
        text = "\n\n".join(" ".join(chance.choices(words, k=20)).capitalize() + "." for _ in range(4))
        lines.append({"id": f"{number:016x}", "text": text, "license": "none"})
    bulk = "".join(strict_json.compact(line) + "\n" for line in lines)
    (golden / "dataset/raw/plain.jsonl").write_text(bulk, encoding="utf-8")
    with (golden / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        stream.writelines(f"{line['id']},{line['id']},train\n" for line in lines)
    return golden


def all_zones(root: Path) -> dict[str, Any]:
    """Return the zones of each article."""
    data = corpus.load_corpus(root)
    return {name: data.zones(article) for name, article in data.articles.items()}


def without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let looking for zones by rule fail."""

    def fail(text: str) -> None:
        raise AssertionError("the zones of this text were known")

    monkeypatch.setattr(zones, "detect_zones", fail)


def cache_files(root: Path) -> list[Path]:
    """Return the files of a dataset's cache."""
    return sorted((root / detected_zones.CACHE_FOLDER).iterdir())


def test_rules_see_a_text_once(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks again, in any process, gets the same zones without the rules; validation and builds work so too."""
    found = all_zones(plain)
    data = corpus.load_corpus(plain)
    assert len(found) > TEXTS
    for name in data.articles:
        if name in [f"{number:016x}" for number in range(TEXTS)]:
            assert found[name] == zones.detect_zones(data.articles[name]["source_text"])
    assert not validate.validate_dataset(plain)
    without_rules(monkeypatch)
    assert all_zones(plain) == found
    assert not validate.validate_dataset(plain)
    dataset_folder.build(plain)


def test_builds_the_same_bytes_with_and_without_the_cache(plain: Path) -> None:
    """Of a folder without a cache, with a full one, and with one that was deleted meanwhile; never in what is built.

    Drafts are the same too.
    """
    built = []

    def write() -> dict[str, bytes]:
        data = corpus.load_corpus(plain)
        draft_writer.write_drafts(data, list(data.articles), None, True, lambda: None)
        drafts = contents(plain / "annotations/name-rules")
        assert len(drafts) == TEXTS
        shutil.rmtree(plain / "annotations/name-rules")
        dataset_folder.build(plain)
        return {**drafts, **contents(plain / "dataset")}

    for keep in (True, True, False):
        built.append(write())
        shutil.rmtree(plain / ".pactwire/build")
        if not keep:
            shutil.rmtree(plain / detected_zones.CACHE_FOLDER)
    shutil.rmtree(plain / ".pactwire")
    assert [*built, write()] == [built[0]] * 4
    assert not any("sqlite" in name for name in built[0])


def damaged(data: bytes) -> Iterator[bytes]:
    """Yield a cache's file as disks and programs may leave it."""
    chance = random.Random(2)
    yield from (b"", b"not a database", bytes(len(data)), data[: len(data) // 2], data[:100], data + data)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 30))):
            broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        yield bytes(broken)


def test_a_damaged_cache_changes_nothing(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever its file is damaged, the zones are the same, and the file is whole again afterwards."""
    found = all_zones(plain)
    [path] = cache_files(plain)
    for broken in damaged(path.read_bytes()):
        path.write_bytes(broken)
        assert all_zones(plain) == found
    path.write_bytes(b"not a database")
    all_zones(plain)
    without_rules(monkeypatch)
    assert all_zones(plain) == found


def test_other_rules_make_other_zones(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the rules' code, or of the Unicode tables under it, leaves nothing of the old results."""
    found = all_zones(plain)
    [before] = cache_files(plain)
    (before.parent / "mine.sqlite").write_bytes(b"mine")
    monkeypatch.setattr(fingerprint, "code_digest", lambda *rooms: VERSION)
    monkeypatch.setattr(zones, "detect_zones", lambda text: [])
    changed = all_zones(plain)
    assert [each.name for each in cache_files(plain)] == [f"{VERSION[:16]}.sqlite", "mine.sqlite"]
    assert all(changed[f"{number:016x}"] == [] != found[f"{number:016x}"] for number in range(TEXTS))


def test_the_version_is_of_the_rules_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It follows any module of the rules, and no module of what uses them."""
    shutil.copytree(Path(fingerprint.__file__).parents[1], tmp_path / "pactwire")
    monkeypatch.setattr(fingerprint, "__file__", str(tmp_path / "pactwire/storage/fingerprint.py"))

    def digest() -> str:
        found: str = fingerprint.code_digest.__wrapped__("model", "text")
        return found

    before = digest()
    with (tmp_path / "pactwire/stories/signatures.py").open("a") as stream:
        stream.write("# other\n")
    assert digest() == before
    with (tmp_path / "pactwire/text/langid.py").open("a") as stream:
        stream.write("# other\n")
    assert digest() != before


def test_a_dataset_of_somebody_else_is_not_written_to(plain: Path) -> None:
    """Without a place for the cache, the rules are asked each time."""
    found = all_zones(plain)
    shutil.rmtree(plain / ".pactwire")
    (plain / ".pactwire").write_text("no folder")
    assert all_zones(plain) == found
    assert (plain / ".pactwire").read_text() == "no folder"


# --- the cache itself


def test_threads_and_processes_share_a_cache(tmp_path: Path) -> None:
    """Many that write at once leave all results, readable for everyone, and each has its own key."""
    keys = [sha256(str(number).encode()).digest() for number in range(200)]

    def put(worker: int) -> None:
        cache = ResultCache(tmp_path, VERSION)
        for key in keys[worker::4]:
            cache.put(key, key[:worker])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(4)))
    cache = ResultCache(tmp_path, VERSION)
    assert [cache.get(key) for key in keys] == [key[: at % 4] for at, key in enumerate(keys)]
    assert cache.get(b"\0" * 32) is None
    [path] = tmp_path.iterdir()
    assert path.name == f"{VERSION[:16]}.sqlite"


def test_a_result_under_another_key_is_none(tmp_path: Path) -> None:
    """A row that belongs to another key is as good as missing."""
    import sqlite3

    cache = ResultCache(tmp_path, VERSION)
    cache.put(b"a", b"result")
    connection = sqlite3.connect(tmp_path / f"{VERSION[:16]}.sqlite", isolation_level=None)
    connection.execute("UPDATE results SET key = ?", (b"b",))
    connection.close()
    assert cache.get(b"a") is None
    assert cache.get(b"b") is None


WRITER = """
import sys
from pathlib import Path
from hashlib import sha256
from pactwire.storage.result_cache import ResultCache
from pactwire.suggest import draft_writer
cache = ResultCache(Path(sys.argv[1]), sys.argv[2])
for number in range(10**6):
    key = sha256(str(number).encode()).digest()
    cache.put(key, key * 100)
    if number == 50:
        print("ready", flush=True)
"""


@pytest.mark.slow
def test_killed_writers_leave_a_whole_cache(tmp_path: Path) -> None:
    """Two processes are killed while they write; what they had stored is right, and the cache goes on."""
    command = [sys.executable, "-c", WRITER, str(tmp_path), VERSION]
    for _ in range(3):
        writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
        cache = ResultCache(tmp_path, VERSION)
        for number in range(51):
            key = sha256(str(number).encode()).digest()
            assert cache.get(key) == key * 100
        cache.put(b"mine", json.dumps("more").encode())
        assert cache.get(b"mine") == b'"more"'
