"""The documentation is right as a whole: the tutorial runs, links lead somewhere, and every page can be found."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml

from pactwire.release import citation_checks
from pactwire.validation import validate

ROOT_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "DATASET_CARD.md")


@pytest.mark.slow
def test_the_tutorial_leads_to_a_loaded_dataset(checkout: Path, tmp_path: Path) -> None:
    """All its commands and scripts run one after the other, and leave a valid dataset with the labels it drafts."""
    page = (checkout / "docs/tutorial.md").read_text(encoding="utf-8")
    [draft, load] = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    commands = "".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    (tmp_path / "draft.py").write_text(draft, encoding="utf-8")
    (tmp_path / "load.py").write_text(load, encoding="utf-8")
    script = commands.replace("python draft.py", "python ../draft.py") + "python ../load.py\n"
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, env={"PATH": path, "HOME": str(tmp_path)}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    root = tmp_path / "recalls"
    assert validate.validate_dataset(root) == []
    rows = datasets.load_dataset(str(root / "dataset"), "products", cache_dir=str(tmp_path / "cache"))
    spans = [span["text"] for split in rows.values() for row in split for span in row["spans"]]
    assert len(spans) == 15 and spans.count("baby food") == 2
    assert re.search(r"\[\('toy', 'B-TOY'\), \('tractor', 'I-TOY'\)\]", done.stdout)


def _anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as forges and the site make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ROOT_PAGES)
def test_links_of_pages_in_the_root_lead_somewhere(name: str, checkout: Path) -> None:
    """Every relative link names a file that is there, and a heading of it; the site checks those within docs/."""
    text = (checkout / name).read_text(encoding="utf-8")
    links = [each for each in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:|#", each)]
    assert links or name == "DATASET_CARD.md"
    for link in links:
        target, _, anchor = link.partition("#")
        assert (checkout / target).exists(), f"{name}: {link}"
        assert not anchor or anchor in _anchors(checkout / target), f"{name}: {link}"


def _pages(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [page for each in (nav if isinstance(nav, list) else nav.values()) for page in _pages(each)]


def test_every_page_is_in_the_navigation_once(checkout: Path) -> None:
    """The navigation of the site lists all pages of docs/."""
    listed = _pages(tomllib.loads((checkout / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"])
    docs = checkout / "docs"
    assert sorted(listed) == sorted(page.relative_to(docs).as_posix() for page in docs.rglob("*.md"))


def test_the_citation_names_the_release(checkout: Path) -> None:
    """CITATION.cff cites the version in pactwire.toml, with its date in the changelog."""
    cited = yaml.safe_load((checkout / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"version", "date-released"} <= cited.keys()
    assert list(citation_checks.citation_issues(checkout)) == []
