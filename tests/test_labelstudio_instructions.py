"""Guidelines in a project's instructions: safe HTML, renewed by a push, and never over what people wrote."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import push
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.guidelines_html import guidelines_html
from pactwire.model.issues import Issue
from pactwire.storage import files
from support.studio import Studio

TEXT = "# Guidelines\n\nVersion 1.0\n\n"


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A stand-in for a server."""
    server = Studio()
    yield server
    server.stop()


def write(root: Path, text: str) -> None:
    """Write the guidelines."""
    files.write_file(root / "annotations/GUIDELINES.md", TEXT + text)


def test_sections_are_folded_and_nothing_in_them_runs(golden: Path) -> None:
    """Each section is under its heading; HTML is text, and only links to the web are links."""
    assert guidelines_html(golden) == ""
    write(
        golden,
        "## Mentions\n\n<script>x</script> [a](b.md) [c](https://d.org) ![e](f.png) **g**\n\n### Deep\n\n## Rest\n",
    )
    assert guidelines_html(golden) == (
        "<h1>Guidelines</h1>\n<p>Version 1.0</p>\n"
        "<details><summary><strong>Mentions</strong></summary>\n"
        '<p>&lt;script&gt;x&lt;/script&gt; a <a href="https://d.org">c</a> e <strong>g</strong></p>\n<h3>Deep</h3>\n'
        "</details>\n<details><summary><strong>Rest</strong></summary>\n</details>\n"
    )
    write(
        golden, "<!-- begin generated: x -->\n| a |\n|---|\n| 1 |\n<!-- end generated: x -->\n\n[x](javascript:alert)\n"
    )
    assert "<table>" in guidelines_html(golden) and "generated" not in guidelines_html(golden)
    assert "javascript" not in guidelines_html(golden).replace("[x](javascript:alert)", "")


def test_the_sections_of_a_layer_are_not_folded(golden: Path) -> None:
    """In the project of a layer, whatever the number and the case of its heading; one that only resembles it is not."""
    layer = corpus.load_corpus(golden).schema.layers["claims"]
    write(golden, "## 2. What a Claim is\n\na\n\n## Claims\n\nb\n\n## Reclaimed\n\nc\n\n## Links\n\nd\n")
    html = guidelines_html(golden, layer)
    assert re.findall(r"<h2>(.*)</h2>", html) == ["2. What a Claim is", "Claims"]
    assert re.findall(r"<details><summary><strong>(.*)</strong></summary>\n<p>(.)</p>\n</details>", html) == [
        ("Reclaimed", "c"), ("Links", "d"),
    ]  # fmt: skip


def test_a_push_renews_instructions(golden: Path, studio: Studio) -> None:
    """Changed guidelines come by themselves; instructions that people wrote stay until they are replaced on request."""
    with closing(Client(studio.url, "0" * 40)) as client:

        def send(**options: bool) -> list[Issue]:
            return push.push_articles(golden, client, lambda *_: None, **options).issues

        def instructions() -> list[Any]:
            return [client.get(f"api/projects/{each}/")["expert_instruction"] for each in (1, 2)]

        write(golden, "Mark names.\n")
        assert send() == []
        assert instructions() == [guidelines_html(golden)] * 2
        write(golden, "Mark all names.\n")
        assert send() == []
        assert instructions() == [guidelines_html(golden)] * 2
        assert send() == send() == []
        client.change("api/projects/1/", {"expert_instruction": "Ask Ada."})
        for text in ("Mark all names.\n", "Mark no names.\n"):
            write(golden, text)
            [issue] = send()
            assert (issue.code, "somebody wrote the instructions" in issue.message) == ("config-edited", True)
            assert instructions() == ["Ask Ada.", guidelines_html(golden)]
        assert send(update_config=True) == []
        assert instructions() == [guidelines_html(golden)] * 2
        client.change("api/projects/1/", {"expert_instruction": ""})
        assert send() == []
        assert instructions() == [guidelines_html(golden)] * 2


def test_a_push_with_nothing_to_do_sees_other_instructions(golden: Path, studio: Studio) -> None:
    """The list of projects tells them: a push that remembers that nothing is to be done asks for nothing more."""
    write(golden, "Mark names.\n")
    with closing(Client(studio.url, "0" * 40)) as client:

        def send() -> tuple[list[Issue], list[str]]:
            del studio.asked[:]
            issues = push.push_articles(golden, client, lambda *_: None).issues
            return issues, [*studio.asked]

        send()
        send()
        issues, paths = send()
        assert not issues and not [path for path in paths if re.fullmatch("/api/projects/[0-9]+/", path)]
        client.change("api/projects/2/", {"expert_instruction": "Ask Ada."})
        assert [issue.code for issue in send()[0]] == ["config-edited"]
