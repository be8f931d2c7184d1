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

[splits]
train = 0.6
validation = 0
test = 0.4
folds = 10

[labelstudio]
url = "https://label.example.org/floods"
annotators_per_task = 3
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
    assert read == Settings(
        name="Floods",
        version="1.2.0",
        repository="alice/floods",
        id=ID,
        shares={"train": 0.6, "validation": 0, "test": 0.4},
        folds=10,
        url="https://label.example.org/floods",
        annotators_per_task=3,
    )
    assert settings.read_settings(lay(tmp_path, "[splits]\nfolds = 4\n")) == Settings(folds=4)


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


@pytest.mark.parametrize("share", ["-0.1", "1.1", "nan", "inf", "true", '"0.8"', "[0.8]"])
def test_checks_shares(tmp_path: Path, share: str) -> None:
    """Each is a number from 0 to 1; its sum is looked at only if all are."""
    assert found(lay(tmp_path, f"[splits]\ntest = {share}\n")) == [(2, "settings")]


@pytest.mark.parametrize(
    ("shares", "total"),
    [
        ({"train": 0.9}, "1.1"),
        ({"train": 0.5, "validation": 0.2, "test": 0.2}, "0.9"),
        ({"train": 0, "validation": 0, "test": 0}, "0"),
        ({"train": 0.7, "validation": 0.2}, ""),
        ({"train": 1 / 3, "validation": 1 / 3, "test": 0.333333333}, ""),
        ({"train": 0, "validation": 0, "test": 1}, ""),
    ],
)
def test_shares_add_up(tmp_path: Path, shares: dict[str, float], total: str) -> None:
    """They add up to 1, with the defaults of those that are not set."""
    lay(tmp_path, "\n[splits]\n" + "".join(f"{split} = {share}\n" for split, share in shares.items()))
    if not total:
        assert sum(settings.read_settings(tmp_path).shares.values()) == pytest.approx(1)
        return
    with pytest.raises(DataError, match=rf"pactwire.toml:2: settings: .* add up to {total}, not to 1 "):
        settings.read_settings(tmp_path)


@pytest.mark.parametrize(
    ("table", "key", "right", "wrong"),
    [("splits", "folds", [2, 100], [0, 1, 101]), ("labelstudio", "annotators_per_task", [1, 100], [0, -1, 101])],
)
def test_checks_counts(tmp_path: Path, table: str, key: str, right: list[int], wrong: list[int]) -> None:
    """Whole numbers in a range; true is no number."""
    for value in right:
        assert getattr(settings.read_settings(lay(tmp_path, f"[{table}]\n{key} = {value}\n")), key) == value
    for given in (*wrong, "true", "5.0", '"5"', "[]"):
        assert found(lay(tmp_path, f"[{table}]\n{key} = {given}\n")) == [(2, "settings")]


@pytest.mark.parametrize("url", ["http://localhost:8080", "https://label.example.org/", "https://[::1]:80/a/b", ""])
def test_reads_address_of_server(tmp_path: Path, url: str) -> None:
    """It has a scheme and a host, and may have a port and a path."""
    text = f'[labelstudio]\nurl = "{url}"\n' if url else ""
    assert settings.read_settings(lay(tmp_path, text)).url == url


@pytest.mark.parametrize(
    "url",
    [
        "", "label.example.org", "ftp://label.example.org", "https://", "https:///a", "https://a b", "https://a:99999",
        "https://a:b", "https://me:secret@a", "https://a/?token=secret", "https://a/#secret", "https://[::1",
    ],
)  # fmt: skip
def test_reports_address_without_showing_it(tmp_path: Path, url: str) -> None:
    """The file is committed and the issue printed, so a login is refused and not shown."""
    with pytest.raises(
        DataError, match=r"pactwire.toml:2: settings: labelstudio.url: it is not the address of a server"
    ) as error:
        settings.read_settings(lay(tmp_path, f'[labelstudio]\nurl = "{url}"\n'))
    assert "secret" not in str(error.value)


def test_leaves_other_tables_alone(tmp_path: Path) -> None:
    """Only what looks like a table of Pactwire's is taken for a typo."""
    assert settings.read_settings(lay(tmp_path, f'title = "x"\n[tool.other]\nid = 1\n{FULL}')).name == "Floods"
    assert found(lay(tmp_path, f"{FULL}[Dataset]\n")) == [(16, "settings")]


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
