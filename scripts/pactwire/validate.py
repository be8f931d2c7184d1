"""A dataset's folders to every issue in them: what each record says, and what records say of each other."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from pactwire import checks, corpus, jsontext, salvage
from pactwire.corpus import FINAL, OUTSIDE, SPLITS, Corpus, Placed
from pactwire.issues import Issue
from pactwire.records import Document


def validate(root: Path, paths: Sequence[Path] = ()) -> list[Issue]:
    """Return all issues of the dataset in ``root``, sorted by file and line.

    With ``paths``, only those of files in them; documents outside ``root`` are read from there and
    checked against the articles of ``root``.
    """
    found = corpus.load(root)
    inside = tuple(corpus.name(found, path.resolve()) for path in paths)
    for path in paths:
        if not path.resolve().is_relative_to(root):
            for placed in corpus.read_documents(path, path.resolve().as_posix(), found.issues):
                found.add(placed)
    return [issue for issue in check(found) if not paths or _lies_in(issue.file, inside)]


def _lies_in(file: str, places: Iterable[str]) -> bool:
    return any(place in (".", file) or file.startswith(place + "/") for place in places)


def check(data: Corpus) -> list[Issue]:
    """Return the issues of reading and all others of a corpus, sorted by file and line."""
    issues = [*data.issues, *_documents(data), *_clusters(data), *_splits(data)]
    return sorted(set(issues))


def _documents(data: Corpus) -> Iterator[Issue]:
    first: dict[tuple[str, str], Placed] = {}
    for placed in data.documents:
        article = placed.document["article"]
        known = first.setdefault((placed.annotator, article), placed)
        if known is not placed:
            message = f"{placed.annotator} already annotated the article {article} in {known.file}"
            yield Issue(placed.file, max(placed.line, 1), "article-twice", message, article)
        yield from _misplaced(placed)
        yield from _issues(data, placed, _check(data, placed.document))
    for placed in data.broken:
        yield from _issues(data, placed, salvage.check(placed.document, placed.wrong, partial(_check, data)))


def _check(data: Corpus, document: Document) -> list[checks.Flaw]:
    article = data.articles.get(document["article"])
    if article is None:
        return [("unknown-article", ("article",), f"there is no article {document['article']} in dataset/raw")]
    zones = [] if "zones" in document else data.zones(article)
    return checks.check(document, article, zones, data.links, data.topics)


def _misplaced(placed: Placed) -> Iterator[Issue]:
    """Yield an issue for a document in another annotator's folder, or under another article's name."""
    document, annotator = placed.document, placed.annotator
    stem = Path(placed.file).stem
    if annotator != FINAL and annotator not in {each["id"] for each in document["annotators"]}:
        message = f"it lies in the folder {annotator!r}, who is not among its annotators"
        yield Issue(placed.file, max(placed.line, 1), "document-place", message, document["article"])
    if not placed.line and stem != document["article"]:
        message = f"the file is named {stem!r}, but the article is {document['article']}"
        yield Issue(placed.file, 1, "document-place", message, document["article"])


def _issues(data: Corpus, placed: Placed, flaws: list[checks.Flaw]) -> Iterator[Issue]:
    if flaws:
        places = {} if placed.line else jsontext.lines((data.root / placed.file).read_text(encoding="utf-8"))
        for code, path, message in flaws:
            line = placed.line or corpus.place(places, path)
            yield Issue(placed.file, line, code, message, corpus.pointer(path))


def _clusters(data: Corpus) -> Iterator[Issue]:
    file = "annotations/clusters.jsonl"
    finals = [placed.document for placed in data.documents if placed.annotator == FINAL]
    claims = {f"{final['article']}/{claim['id']}" for final in finals for claim in final.get("claims", [])}
    broken = {Path(placed.file).stem for placed in data.broken if placed.annotator == FINAL}
    annotators = {each["id"] for placed in data.documents for each in placed.document["annotators"]}
    ids: set[str] = set()
    taken: dict[str, str] = {}
    for line, cluster in data.clusters:
        if cluster["id"] in ids:
            yield Issue(file, line, "duplicate-id", f"the cluster {cluster['id']!r} stands twice")
        ids.add(cluster["id"])
        for member in cluster["members"]:
            if member not in claims and member.partition("/")[0] not in broken:
                yield Issue(file, line, "unknown-member", f"{member} is no claim", cluster["id"])
            if taken.setdefault(member, cluster["id"]) != cluster["id"]:
                message = f"{member} is already in the cluster {taken[member]!r}"
                yield Issue(file, line, "member-twice", message, cluster["id"])
        if len({member.partition("/")[0] for member in cluster["members"]}) == 1:
            message = f"all members of the cluster {cluster['id']!r} are of one article"
            yield Issue(file, line, "member-twice", message, cluster["id"])
        for name in cluster["by"]:
            if name not in annotators:
                yield Issue(
                    file,
                    line,
                    "unknown-annotator",
                    f"no document names the annotator {name!r}",
                    cluster["id"],
                )


def _splits(data: Corpus) -> Iterator[Issue]:
    file = "dataset/splits.csv"
    seen: set[str] = set()
    stories: dict[str, str] = {}
    for line, row in data.splits:
        if row.split not in SPLITS + OUTSIDE:
            allowed = ", ".join(SPLITS + OUTSIDE)
            yield Issue(file, line, "table", f"{row.split!r} is no split; allowed are: {allowed}", row.article)
        if row.article in seen:
            message = f"the article {row.article} is listed a second time"
            yield Issue(file, line, "duplicate-article", message, row.article)
        seen.add(row.article)
        if row.split != "withdrawn" and row.article not in data.articles:
            message = f"there is no article {row.article} in dataset/raw"
            yield Issue(file, line, "unknown-article", message, row.article)
        if row.split in SPLITS and stories.setdefault(row.story, row.split) != row.split:
            message = f"the story {row.story} is in {stories[row.story]} and in {row.split}"
            yield Issue(file, line, "split-conflict", message, row.article)
    for identity, article in data.articles.items():
        if identity not in seen:
            message = f"the article {identity} ({article['source_id']}) has no row"
            yield Issue(file, 1, "split-missing", message, identity)
