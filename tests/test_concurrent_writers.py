"""Commands that write in a dataset: two at once end as if run in sequence, and killed ones lose nothing."""

import random
import shutil
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from support import writers
from support.writers import COMMANDS, finish, litter, start, state, state_for_readers

pytestmark = pytest.mark.slow

KILLS = 50
"""How often each command is killed at a random moment."""
SEED = 20261128
PAUSE = 0.3
"""Seconds between reading and writing, so that without locks two commands would both read, then both write."""

ALL = tuple(name for name in COMMANDS if not name.endswith(" another"))
PAIRS = [
    *combinations(ALL, 2),
    *((name, f"{name} another" if f"{name} another" in COMMANDS else name) for name in ALL),
]
FEW = [
    ("ingest", "ingest another"), ("import", "import another"), ("ingest", "stories"), ("adjudicate", "build"),
    ("import", "pull"), ("suggest", "convert"), ("migrate", "migrate"), ("adjudicate", "migrate"),
    ("close round", "migrate"), ("adjudicate", "withdraw"),
]  # fmt: skip
"""Pairs of commands that every test run tries at once."""
KILLED = ("ingest", "stories", "adjudicate", "close round", "migrate", "import", "pull", "build", "withdraw")

Outcome = tuple[dict[str, bytes], int, int]
"""The final content of a dataset, and the exit codes of the two commands in the order of their names."""


class World(NamedTuple):
    """Datasets to copy, with the input files of commands, and the address of a server."""

    folder: Path
    inputs: Path
    url: str

    def copy(self, target: Path, command: str) -> Path:
        """Copy the dataset; for commands that place articles or migrate labels, add one to place, or a migration."""
        shutil.copytree(self.folder / "dataset", target)
        if "stories" in command:
            writers.add_article(target)
        if "migrate" in command:
            writers.add_migration(target)
        return target


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the world that tests copy."""
    folder = tmp_path_factory.mktemp("writers")
    inputs = folder / "inputs"
    writers.lay_inputs(inputs)
    writers.lay_dataset(folder / "dataset", inputs)
    with writers.studio(inputs) as url:
        yield World(folder, inputs, url)


def run(world: World, root: Path, command: str) -> int:
    """Run a command to its end."""
    return finish(start(command, root, world.inputs, world.url))


def assert_equals_a_sequence(world: World, folder: Path, first: str, second: str, times: int = 1) -> None:
    """Run two commands in both orders, then at once, and compare the outcomes."""
    serial: list[Outcome] = []
    for turn, order in enumerate(((first, second), (second, first))):
        root = world.copy(folder / f"serial{turn}", f"{first} {second}")
        codes = [run(world, root, command) for command in order]
        serial.append((state(root), *(codes if not turn else reversed(codes))))
    for turn in range(times):
        root = world.copy(folder / f"both{turn}", f"{first} {second}")
        processes = [start(command, root, world.inputs, world.url, pause=PAUSE) for command in (first, second)]
        one, two = (finish(each) for each in processes)
        assert (state(root), one, two) in serial, root.with_suffix(".log").read_text()
        assert litter(root) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_changes_the_dataset(world: World, tmp_path: Path, command: str) -> None:
    """Each succeeds and changes something, so that something could be lost when two run at once."""
    root = world.copy(tmp_path / "root", command)
    before = state(root)
    assert run(world, root, command) == 0, root.with_suffix(".log").read_text()
    assert state(root) != before


@pytest.mark.parametrize(("first", "second"), FEW)
def test_two_commands_at_once(world: World, tmp_path: Path, first: str, second: str) -> None:
    """Files and exit codes match one of the two orders."""
    assert_equals_a_sequence(world, tmp_path, first, second)


@pytest.mark.soak
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_every_pair_of_commands_at_once(world: World, tmp_path: Path, first: str, second: str) -> None:
    """Files and exit codes match one of the two orders, three times."""
    assert_equals_a_sequence(world, tmp_path, first, second, times=3)


class Trial:
    """A command, its undisturbed result, and how long it takes in seconds."""

    def __init__(self, world: World, folder: Path, command: str) -> None:
        self.world, self.folder, self.command = world, folder, command
        self.before = state(world.copy(folder / "before", command))
        root, began = world.copy(folder / "undisturbed", command), time.monotonic()
        assert run(world, root, command) == 0
        self.seconds = time.monotonic() - began
        self.after = state(root)
        assert self.before != self.after

    def kill(self, delay: float | None = None, step: int | None = None) -> bool:
        """Kill it after some seconds, or before a step; say whether it was killed, and assert that nothing is lost."""
        root = self.world.copy(self.folder / "trial", self.command)
        process = start(self.command, root, self.world.inputs, self.world.url, step)
        if delay is not None:
            process.join(delay)
            process.kill()
        killed = finish(process) == -9
        seen = state_for_readers(root)
        assert seen in (self.before, self.after)
        is_closed = self.command == "close round" and seen == self.after
        assert run(self.world, root, self.command) == is_closed  # what is closed can't be closed again
        assert state(root) == self.after
        assert litter(root) == []
        shutil.rmtree(root)
        return killed


@pytest.mark.parametrize("command", KILLED)
def test_command_killed_at_some_steps(world: World, tmp_path: Path, command: str) -> None:
    """A reader sees the old state or the new one, and repeating the command gives the new one, without litter."""
    trial = Trial(world, tmp_path, command)
    steps = [step for step in (0, 1, 2, 4) if trial.kill(step=step)]
    assert len(steps) > 1


@pytest.mark.soak
@pytest.mark.parametrize("command", KILLED)
def test_command_killed_at_every_step(world: World, tmp_path: Path, command: str) -> None:
    """Before each of its renames and removals, including those of the commit."""
    trial, step = Trial(world, tmp_path, command), 0
    while trial.kill(step=step):
        step += 1
    print(f"\n{command}: killed at each of {step} steps, nothing lost, no litter")
    assert step > 1


@pytest.mark.soak
@pytest.mark.parametrize("command", KILLED)
def test_command_killed_at_random_moments(world: World, tmp_path: Path, command: str) -> None:
    """A reader sees the old state or the new one, and repeating the command gives the new one, without litter."""
    trial, chance = Trial(world, tmp_path, command), random.Random(SEED)
    tries = kills = 0
    while kills < KILLS:
        kills += trial.kill(delay=chance.uniform(0, 1.2 * trial.seconds))
        tries += 1
    print(f"\n{command}: seed {SEED}, {kills} kills in {tries} runs of {trial.seconds:.2f} s, nothing lost, no litter")
