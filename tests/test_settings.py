"""Settings in pactwire.toml: what is read, every issue at its line, and how they are written."""

from pathlib import Path

import pytest

from pactwire.corpus import settings
from pactwire.corpus.settings import SETTINGS_FILE, Settings
from pactwire.model.issues import DataError

ID = "11111111-2222-4333-8444-555555555555"
FULL = f"""\
[dataset]
name = "Floods"
version = "1.2.0"
repository = "alice/floods"
id = "{ID}"
"""


def lay(root: Path, text: str) -> Path:
    """Write pactwire.toml into a folder."""
    (root / SETTINGS_FILE).write_bytes(text.encode())
    return root


def found(root: Path) -> list[tuple[int, str]]:
    """The lines and codes of the issues of a folder's settings."""
    with pytest.raises(DataError) as error:
        settings.read_settings(root)
    assert {issue.file for issue in error.value.issues} == {SETTINGS_FILE}
    return [(issue.line, issue.code) for issue in error.value.issues]


# --- reading


def test_reads_all_settings(tmp_path: Path) -> None:
    """Each has its field; without a file, or a key, there are defaults."""
    assert settings.read_settings(tmp_path) == Settings()
    assert settings.read_settings(lay(tmp_path, "[dataset]\n")) == Settings()
    read = settings.read_settings(lay(tmp_path, FULL))
    assert read == Settings(name="Floods", version="1.2.0", repository="alice/floods", id=ID)


def test_reports_all_wrong_settings_at_once(tmp_path: Path) -> None:
    """Each with the line on which its key stands, whatever form of TOML the file has."""
    lay(tmp_path, '# "id"\r\n[dataset]\r\nname = """\r\nid = 3\r\n"""\r\n\r\n"id" = 7 # id\r\nrepositry = "a/b"\r\n')
    assert found(tmp_path) == [(3, "settings"), (7, "settings"), (8, "settings")]
    assert found(lay(tmp_path, 'x = 1\ndataset.version = "1"\ndataset.repository = 2\n')) == [
        (2, "settings"), (3, "settings"),
    ]  # fmt: skip
    assert found(lay(tmp_path, '\ndataset = {version = 1.0, name = ""}\n')) == [(2, "settings"), (2, "settings")]
    assert found(lay(tmp_path, "other = [\n1]\n[[dataset]]\n")) == [(3, "settings")]


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("name", ["x", "Überflutungen 2", "x" * 100], ["", " ", "x" * 101, "a\\nb", "a\\u0007b"]),
        ("version", ["0.0.1", "10.20.30"], ["1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", " 1.0.0", "1.0.0.0", ""]),
        ("repository", ["a/b", "ORG/pactwire", "a.b/c_d-e.f"],
         ["", "a", "ab", "a/b/c", "/b", "a/", "a--b/c", "a/b..c", "a/-b", "a/b ", "é/b", "a/b.git", "a/" + "b" * 95]),
        ("id", [ID], ["", "x", ID.upper().replace("1", "A"), ID[:-1], "{" + ID + "}"]),
    ],
)  # fmt: skip
def test_checks_each_setting(tmp_path: Path, key: str, right: list[str], wrong: list[str]) -> None:
    """Text of the right form is read as it stands; any other, and any other type, is an issue."""
    for value in right:
        assert getattr(settings.read_settings(lay(tmp_path, f'[dataset]\n{key} = "{value}"\n')), key) == value
    for toml in (*(f'"{value}"' for value in wrong), "1", "true", "1.5", "[]", "{}", "1979-05-27"):
        assert found(lay(tmp_path, f"[dataset]\n\n{key} = {toml}\n")) == [(3, "settings")], toml


def test_leaves_other_tables_alone(tmp_path: Path) -> None:
    """Only what looks like a table of Pactwire's is taken for a typo."""
    assert settings.read_settings(lay(tmp_path, f'title = "x"\n[tool.other]\nid = 1\n{FULL}')).name == "Floods"
    assert found(lay(tmp_path, f"{FULL}[Dataset]\n")) == [(6, "settings")]


# --- the version


@pytest.mark.parametrize(
    ("pactwire", "pyproject", "recorded", "codes"),
    [
        (FULL, '[project]\nversion = "9.9.9"\n', "1.2.0", []),
        ("", '[project]\nversion = "1.0.0"\n', "1.0.0", [(1, "version-moved")]),
        (f'\n[dataset]\nid = "{ID}"\n', '[project]\nversion = "1.0.0"\n', "1.0.0", [(2, "version-moved")]),
        ("[dataset]\nid = 1\n", '[project]\nversion = "1.0.0"\n', "1.0.0", [(1, "version-moved"), (2, "settings")]),
        ("", "[project]\ndynamic = []\n", "0.0.0", []),
        ("", "project = 1\n", "0.0.0", []),
    ],
)
def test_version_is_never_taken_from_a_program(
    tmp_path: Path, pactwire: str, pyproject: str, recorded: str, codes: list[tuple[int, str]]
) -> None:
    """Settings never come from pyproject.toml; a version that stands only there is an issue, but recorded."""
    (tmp_path / "pyproject.toml").write_text(pyproject)
    lay(tmp_path, pactwire)
    assert settings.recorded_version(tmp_path) == recorded
    if codes:
        assert found(tmp_path) == codes
    else:
        assert settings.read_settings(tmp_path).version == recorded


def test_a_broken_pyproject_does_not_concern_the_dataset(tmp_path: Path) -> None:
    """It is another program's."""
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert settings.read_settings(tmp_path) == Settings()


# --- writing


@pytest.mark.parametrize(
    "text",
    [
        "name = 'x'\n[other]\na = 1 # keep\n", "[dataset]\n# c\nname = 'n'\n", "dataset.name = 'x'\r\n",
        "dataset = {name = 'x'}\n", "[dataset]\nname = 'n'\n[other.inner]\nx = 1\n", "",
    ],
)  # fmt: skip
def test_settings_file_keeps_its_form(tmp_path: Path, text: str) -> None:
    """Comments, keys, tables and line ends stay, wherever the id goes."""
    lay(tmp_path, text)
    drawn = settings.draw_id(tmp_path)
    assert settings.read_settings(tmp_path).id == drawn
    left = [line for line in (tmp_path / SETTINGS_FILE).read_bytes().splitlines(True) if drawn.encode() not in line]
    assert [line for line in text.encode().splitlines(True) if b"{" not in line] == [
        line for line in left if line.strip() and (line != b"[dataset]\n" or "[dataset]\n" in text)
    ]


def test_writes_values_over_others(tmp_path: Path) -> None:
    """A value is replaced where it stands, and its comment stays; a new id takes the place of the old one."""
    lay(tmp_path, '# mine\n[dataset]\nversion = "1.0.0"  # of the data\n')
    settings.write_settings(tmp_path, {"dataset": {"version": "1.1.0", "name": "Floods"}})
    text = '# mine\n[dataset]\nversion = "1.1.0"  # of the data\nname = "Floods"\n'
    assert (tmp_path / SETTINGS_FILE).read_text() == text
    first, second = settings.draw_id(tmp_path), settings.draw_id(tmp_path)
    assert first != second
    assert (tmp_path / SETTINGS_FILE).read_text() == f'{text}id = "{second}"\n'


@pytest.mark.parametrize("text", ["[dataset]\nversion = 1\n", "dataset = 1\n", "[dataset\n", "[datasets]\n"])
def test_writes_nothing_into_a_broken_file(tmp_path: Path, text: str) -> None:
    """What is wrong in it is reported first."""
    lay(tmp_path, text)
    with pytest.raises(DataError):
        settings.draw_id(tmp_path)
    assert (tmp_path / SETTINGS_FILE).read_text() == text
    with pytest.raises(DataError, match="is not a version"):
        settings.write_settings(lay(tmp_path, ""), {"dataset": {"version": "1"}})
    assert [path.name for path in tmp_path.iterdir()] == [SETTINGS_FILE]
