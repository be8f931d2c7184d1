"""The examples of docs/python.md and of the public docstrings give what they show."""

import doctest
import re
from importlib import import_module

import pytest

import pactwire as pw
from conftest import CHECKOUT

PAGE = "docs/python.md"
MODULES = sorted({f"pactwire.{module}" for module in pw._HOMES} | {"pactwire.labelstudio.article_tasks"})


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run examples in this repository's root."""
    monkeypatch.chdir(CHECKOUT)


def failures(test: doctest.DocTest) -> list[str]:
    """Return what the runner says of the examples that fail."""
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    return said


def test_page_shows_what_happens() -> None:
    """Each example of docs/python.md, one after another."""
    blocks = re.findall(r"```pycon\n(.*?)```", (CHECKOUT / PAGE).read_text(encoding="utf-8"), re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE, PAGE, 0)
    assert len(examples.examples) > 25
    assert failures(examples) == []


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_show_what_happens(module: str) -> None:
    """Each example in a docstring of a public module, with `pw` imported."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(import_module(module), extraglobs={"pw": pw})
    assert [said for test in found for said in failures(test)] == []


def test_public_methods_are_documented_on_the_page() -> None:
    """docs/python.md names every public name of the dataset and its articles, documents and labels."""
    page = (CHECKOUT / PAGE).read_text(encoding="utf-8")
    names = [
        f"{kind.__name__}.{name}"
        for kind in (pw.Dataset, pw.Article, pw.Label)
        for name in vars(kind)
        if not name.startswith("_") and not re.search(rf"\b{name}\b", page)
    ]
    assert names == []
