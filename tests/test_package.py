"""The package: wheel, sdist and editable install work in a clean environment, and the command starts fast."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from support.loaded_modules import HEAVY, modules_after


@pytest.mark.parametrize(
    ("argument", "needed"), [("--help", {"markdown_it"}), ("validate", {"numpy", "regex", "rensa"})]
)
def test_starts_without_heavy_imports(argument: str, needed: set[str], golden: Path) -> None:
    """``--help`` loads only what renders it, and ``validate`` of valid data only what it computes with."""
    words = [argument] if argument == "--help" else [argument, "--root", str(golden)]
    assert modules_after(words) & set(HEAVY) == needed


def test_commands_load_what_they_run_when_they_run() -> None:
    """Without a command, the modules of all commands are loaded, and of the rooms below hardly any."""
    loaded = {name.removeprefix("pactwire.") for name in modules_after(["--version"]) if name.startswith("pactwire.")}
    below = {name for name in loaded if name.partition(".")[0] not in ("cli", "model")}
    assert below == {"release.dataset_template", "storage.executors"}
    assert "cli.label" in loaded


@pytest.mark.slow
def test_arrow_uses_the_system_allocator(golden: Path) -> None:
    """In the process of the command and its workers, unless the environment says otherwise."""
    code = (
        "import sys\n"
        "from pactwire.cli import main\n"
        "sys.argv = ['pactwire', 'validate', '--root', sys.argv[1]]\n"
        "try:\n    main.main()\nexcept SystemExit:\n    pass\n"
        "import pyarrow\n"
        "print(pyarrow.default_memory_pool().backend_name)\n"
    )
    for environment, expected in (({}, "system"), ({"ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}, "mimalloc")):
        held = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
        done = subprocess.run(
            [sys.executable, "-c", code, str(golden)],
            env=held | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split()[-1] == expected


@pytest.mark.slow
def test_wheel_and_sdist_contain_package_and_schemas(checkout: Path, tmp_path: Path) -> None:
    """Both install in a clean environment, where the command validates any folder."""
    version = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["version"]
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(checkout)],
        check=True, capture_output=True,
    )  # fmt: skip
    wheel = tmp_path / f"pactwire-{version}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    data = [
        "pactwire/model/schemas/envelope.json",
        "pactwire/release/formats/1.0.0/annotation.schema.json",
        "pactwire/release/formats/1.0.0/features.json",
        *template_files(checkout),
    ]
    assert set(data) <= set(names)
    assert not [name for name in names if not name.startswith(("pactwire/", "pactwire-"))]
    with tarfile.open(tmp_path / f"pactwire-{version}.tar.gz") as archive:
        assert {f"pactwire-{version}/scripts/{name}" for name in data} <= set(archive.getnames())
    for kind, package in (("wheel", wheel), ("sdist", tmp_path / f"pactwire-{version}.tar.gz"), ("editable", checkout)):
        assert_installs(kind, package, checkout, tmp_path)


def template_files(checkout: Path) -> list[str]:
    """The committed files of all templates, hidden ones too, by their names in the package."""
    folder = "scripts/pactwire/release/templates"
    listed = subprocess.run(
        ["git", "-C", str(checkout), "ls-files", folder], check=True, capture_output=True, text=True
    ).stdout.split()
    assert f"{folder}/common/.gitignore" in listed
    return [name.removeprefix("scripts/") for name in listed]


def assert_installs(kind: str, package: Path, checkout: Path, tmp_path: Path) -> None:
    """The package installs without the checkout on its path, and its one command validates a dataset."""
    folder = tmp_path / kind
    # the installed libraries are lent to the new environment; the package itself must come from `package`
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    flags = ["--editable"] if kind == "editable" else []
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    # hatchling is lent too, so that nothing is fetched
    (site / "lent.pth").write_text("\n".join(libraries) + "\n")
    subprocess.run(
        [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--ignore-installed", *flags, str(package)],
        check=True, env=environment, capture_output=True, cwd=tmp_path,
    )  # fmt: skip
    (site / "lent.pth").write_text("\n".join(libraries) + "\n")
    where = subprocess.run(
        [str(folder / "bin/python"), "-c", "import pactwire; print(pactwire.__file__)"],
        check=True, env=environment, capture_output=True, text=True, cwd=tmp_path,
    ).stdout.strip()  # fmt: skip
    assert where.startswith(str(checkout / "scripts") if kind == "editable" else str(folder))
    base = shutil.copytree(checkout / "tests" / "golden" / "base", folder / "base")
    done = subprocess.run(
        [str(folder / "bin/pactwire"), "validate", "--root", str(base)],
        capture_output=True, text=True, env=environment, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "no issues\n")


def test_requirements_exclude_the_next_major(checkout: Path) -> None:
    """Every requirement with semantic versions has an upper bound, including those of extras."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [Requirement(each) for each in (*project["dependencies"], *(one for extra in extras for one in extra))]
    open_ended = {each.name for each in wanted if not any(part.operator == "<" for part in each.specifier)}
    assert open_ended == {"fsspec", "regex", "s3fs", "types-regex"}
