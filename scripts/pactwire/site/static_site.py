"""Writing of the site: pages are rendered into a new folder, which then replaces the old one.

A killed run leaves the old site in place. If it is killed between the two renames of the swap, the next run first
restores the old site. The site is replaced only if something in it differs.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from filecmp import cmp
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from pactwire.card import card
from pactwire.corpus import corpus
from pactwire.model import digests
from pactwire.model.issues import DataError, Issue
from pactwire.release.predicted_documents import read_predicted_documents
from pactwire.site import article_page, cluster_page, index_page, labels_page
from pactwire.site.collection import Collection, build_collection
from pactwire.site.comparison import compare_documents
from pactwire.site.folder_swap import clear_old_folder, swap_folder
from pactwire.site.label_index import LabelIndex
from pactwire.site.label_views import ArticleLabels
from pactwire.site.layer_styles import complete_style
from pactwire.storage import locks, part_files
from pactwire.storage.output_ledger import LEDGER_FILE, OutputLedger
from pactwire.validation import validate

GENERATOR: Final = "pactwire view"
"""The generator that the index names; a folder without a ledger whose index does not name it is not written to."""

SITE_FILES: Final = re.compile(
    r"(index|(clusters|labels)[0-9]*(-[0-9]+)?|articles/[0-9a-f]{16})\.html|static/\w+\.(css|js)"
    r"|data/(articles-[0-9]+|labels(-[0-9]+)?)\.js|plots/\w+\.svg"
)
"""Names of the files of a site."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The content security policy of each page. In Chromium, 'self' also covers files opened from disk (tested)."""

ProgressCallback = Callable[[int, int], None]
Page = tuple[str, str | bytes]
"""A file's name in the site, with slashes, and its content."""


class SiteResult(NamedTuple):
    """The page to open, the number of articles, and whether anything changed.

    ``others`` are the names of files in the folder that no run wrote.
    """

    start: Path
    articles: int
    changed: bool
    others: list[str]


def write_site(
    root: Path,
    target: Path,
    report: ProgressCallback,
    adopt: bool = False,
    predictions: Sequence[Path] = (),
    names_files: bool = True,
) -> SiteResult:
    """Write the site of a dataset into a folder; files in it that no run wrote are kept.

    Args:
        root: The dataset root.
        target: The folder of the site.
        report: Called with the number of articles done and their total.
        adopt: Whether to take over a site of version 1.0, which has no ledger.
        predictions: Files and folders of predictions, which are compared with the final documents.
        names_files: Whether pages name files of the root and link to them; not if it is a temporary one.

    Raises:
        DataError: with all issues of the data, if ``target`` is something other than a site, or if a page was changed
            since it was written (`pactwire.storage.output_ledger`); nothing is written then.
    """
    old = target.with_name(f".{target.name}.old")
    with locks.creating(target):
        if old.is_dir() and not target.exists():
            old.rename(target)
        clear_old_folder(old, target, {*OutputLedger(old, SITE_FILES, adopt=True).known, LEDGER_FILE})
        ledger = OutputLedger(target, SITE_FILES, adopt)
        if flaw := target_issue(ledger):
            raise DataError([flaw])
        data = corpus.load_corpus(root)
        if issues := validate.check_corpus(data):
            raise DataError(issues)
        predicted = read_predicted_documents(root, predictions) if predictions else None
        up = os.path.relpath(root.resolve(), target / "articles").replace(os.sep, "/")
        collection = build_collection(data, quote(up) if names_files else None, predicted)
        new = part_files.new_part_path(target)
        try:
            wanted = write_pages(new, site_pages(collection, report))
            changed = bool(ledger.stale(wanted)) or not _same_files(new, target, wanted)
            if changed:
                OutputLedger(new, SITE_FILES).end(wanted)
                swap_folder(new, target, old, {*ledger.known, LEDGER_FILE})
            else:
                ledger.end(wanted)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return SiteResult(target / "index.html", len(collection.heads), changed, ledger.unrelated_names(wanted))


def write_pages(folder: Path, pages: Iterable[Page]) -> dict[str, str]:
    """Write pages into a folder; return the SHA-256 of each file by name."""
    written = {}
    for name, content in pages:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
        written[name] = digests.sha256(data)
    return written


def target_issue(ledger: OutputLedger) -> Issue | None:
    """Return an issue if a folder is neither empty nor a site."""
    target = ledger.folder
    if ledger.is_listed or not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return None
    page = target / "index.html"
    if page.is_file() and f'content="{GENERATOR}"' in page.read_text(encoding="utf-8", errors="replace")[:2000]:
        return None
    message = "the folder holds something other than a site that this command wrote"
    return Issue(target.as_posix(), 1, "view-target", message)


def _same_files(new: Path, target: Path, names: Iterable[str]) -> bool:
    return all((target / name).is_file() and cmp(new / name, target / name, shallow=False) for name in names)


def site_pages(collection: Collection, report: ProgressCallback) -> Iterator[Page]:
    """Yield all files of a site."""
    places, index = cluster_page.cluster_addresses(collection), LabelIndex(collection)
    for done, entry in enumerate(collection.entries.values(), start=1):
        labels = ArticleLabels(collection, entry)
        compared = compare_documents(labels)
        index.add(labels, compared)
        values = {**article_page.page_values(labels, compared), "places": places}
        yield f"articles/{entry.article['id']}.html", _render(collection, "article.html", "../", values)
        yield from index.parts()
        report(done, len(collection.entries))
    for page in cluster_page.pages(collection):
        yield page["file"], _render(collection, "clusters.html", "", page)
    yield from label_pages(index)
    yield from index_and_assets(collection, index)


def label_pages(index: LabelIndex) -> Iterator[Page]:
    """Yield the pages that list labels, the tables and the last part of their index."""
    yield from index.parts(at_end=True)
    yield "data/labels.js", index.tables()
    for page in labels_page.pages(index):
        yield page["file"], _render(index.collection, "labels.html", "", page)


def index_and_assets(collection: Collection, index: LabelIndex) -> Iterator[Page]:
    """Yield the index with its shards and plots, and the files that all pages share."""
    folder = resources.files("pactwire.site") / "static"
    yield "static/site.css", complete_style((folder / "site.css").read_text("utf-8"), collection.styles.values())
    yield "static/site.js", (folder / "site.js").read_bytes()
    shards = [f"data/articles-{number}.js" for number in range(-(-len(collection.entries) // index_page.SHARD_SIZE))]
    yield from zip(shards, index_page.shard_scripts(collection, index.differences), strict=True)
    measured = index_page.measure_agreement(collection)
    plots = card.draw_plots(collection.data, None if isinstance(measured, index_page.NoAgreement) else measured)
    for plot in plots.values():
        yield plot.file, plot.svg
    values = index_page.page_values(collection, shards, measured, plots)
    yield "index.html", _render(collection, "index.html", "", values)


@cache
def templates() -> Environment:
    """Return the templates: all values are escaped, and undefined names are errors."""
    environment = Environment(
        loader=PackageLoader("pactwire.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"generator": GENERATOR, "policy": CONTENT_SECURITY_POLICY}
    environment.filters["number"] = lambda value: f"{value:,}"
    return environment


def _render(collection: Collection, name: str, base: str, values: dict[str, Any]) -> str:
    """Return a page by its template; ``base`` is the address of the site's folder from that of the page."""
    shared = {
        "base": base,
        "clusters": cluster_page.first_pages(collection),
        "has_names": any(style.is_inline for style in collection.styles.values()),
    }
    return templates().get_template(name).render(**values, **shared)
