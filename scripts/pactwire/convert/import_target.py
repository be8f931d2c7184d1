"""Dataset folder that an import writes to.

New texts go to ``dataset/raw/NAME.jsonl``, documents to ``annotations/FOLDER/ARTICLE.json``, links to
``annotations/links.tsv``, topics to ``annotations/topics.json``, splits that the source states to
``dataset/splits.csv``. Articles are validated and staged one by one; then all
files are put in place, or none. A file that differs is never replaced, except for the corpus's own NAME.jsonl, which
may grow.
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pactwire.convert.import_conversion import ConvertedArticle
from pactwire.convert.import_log import ImportLog
from pactwire.corpus import corpus, tables
from pactwire.corpus.splits import SPLITS_FILE, SplitRow
from pactwire.corpus.tables import LINK_COLUMNS, LINKS, TOPICS
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, BulkArticle, Document
from pactwire.storage import files, jsonl
from pactwire.storage.staging import Staging
from pactwire.stories import registry
from pactwire.validation import integrity

_TOLERATED_CODES: Final = ("unknown-link", "unknown-topic")
"""Flaws of a document that is written all the same: it names what the dataset's tables lack."""


class ImportTarget:
    """A dataset folder, and the file for the texts of one corpus in it."""

    def __init__(self, out: Path, name: str, log: ImportLog) -> None:
        self.out, self.log = out, log
        self.data = corpus.load_corpus(out)
        self.bulk = out / "dataset" / "raw" / f"{name}.jsonl"
        self.earlier_ids = self._earlier_ids()

    def _earlier_ids(self) -> set[str]:
        """Return the ids of the articles from an earlier import of the same name."""
        records = jsonl.read_values(self.bulk, self.bulk.name) if self.bulk.is_file() else ()
        return {record[1]["id"] for record in records if not isinstance(record, DataError) and "id" in record[1]}

    def existing_article(self, identity: str) -> Article | None:
        """Return the article with an id that the dataset has from elsewhere, None if it has none."""
        return None if identity in self.earlier_ids else self.data.articles.get(identity)

    def write(self, converted: Iterable[tuple[ConvertedArticle, str]]) -> tuple[list[str], int]:
        """Stage the files of each article as it comes, then put all in place.

        Args:
            converted: The articles, each with the folder of annotations/ for its document.

        Returns:
            The files that were written, and how many were unchanged.

        Raises:
            DataError: A file is in the way, so that nothing is written (convert-out).
        """
        conflicts: list[Issue] = []
        missing, staged, splits = set(self.earlier_ids), set[str](), dict[str, str]()
        with Staging(self.out) as staging:
            with staging.open(self.bulk) as stream:
                for article, folder in converted:
                    missing.discard(article.article_id)
                    splits |= {article.article_id: article.split} if article.split else {}
                    if article.article is not None and article.article_id not in staged:
                        staged.add(article.article_id)
                        stream.write(f"{strict_json.compact(article.article)}\n".encode())
                    if article.document is not None and self._is_valid(article.document, article):
                        path = self.out / "annotations" / folder / f"{article.article_id}.json"
                        conflicts += self._stage_new_file(staging, path, strict_json.pretty(article.document))
            if missing:
                message = f"it holds {len(missing):,} articles that this import does not bring"
                conflicts.append(self._conflict(self.bulk, message))
            if conflicts:
                raise DataError(conflicts)
            self._stage_tables(staging)
            self._stage_splits(staging, splits)
            written = [path.relative_to(self.out).as_posix() for path in staging.publish()]
        return written, staging.unchanged

    def _stage_new_file(self, staging: Staging, path: Path, content: str) -> Iterator[Issue]:
        if staging.differs(path, content):
            yield self._conflict(path, "it exists and differs")
        else:
            staging.add(path, content)

    def _conflict(self, path: Path, message: str) -> Issue:
        return Issue(path.relative_to(self.out).as_posix(), 1, "convert-out", message)

    def _stage_tables(self, staging: Staging) -> None:
        """Add the links and topics that the dataset does not have yet; its own rows stay as they are."""
        data, log = self.data, self.log
        links = {link: row for link, row in log.links.items() if link not in data.links}
        if links:
            rows = [*data.links.values(), *(links[link] for link in sorted(links))]
            staging.add(self.out / LINKS, "".join("\t".join(row) + "\n" for row in (LINK_COLUMNS, *rows)))
        topics = [topic for topic_id, topic in sorted(log.topics.items()) if topic_id not in data.topics]
        if topics:
            staging.add(self.out / TOPICS, strict_json.pretty({"topics": [*data.topics.values(), *topics]}))
        for link, row in log.links.items():
            if data.links.get(link, row) != row:
                log.omitted.add("rows of links that the dataset has in other words", row.name)
        for topic_id, topic in log.topics.items():
            if data.topics.get(topic_id, topic) != topic:
                log.omitted.add("topics that the dataset has in other words", topic["title"])

    def _stage_splits(self, staging: Staging, stated: Mapping[str, str]) -> None:
        """Add rows to splits.csv for the splits that the source states; the dataset's own rows stay as they are."""
        rows = {row.article: row for _, row in self.data.splits}
        new = [SplitRow(identity, identity, split) for identity, split in stated.items() if identity not in rows]
        for identity, split in stated.items():
            self.log.counts[f"articles of the source's split {split}"] += 1
            if identity in rows and rows[identity].split != split:
                self.log.omitted.add("splits of the source that the dataset has otherwise", identity)
        if new:
            if flaws := [issue for issue in self.data.issues if issue.file == SPLITS_FILE]:
                raise DataError(flaws)
            known = registry.with_folds([*rows.values(), *new], self.data.settings.folds)
            staging.add(self.out / SPLITS_FILE, registry.render_csv(known))

    def _is_valid(self, document: Document, converted: ConvertedArticle) -> bool:
        """Run every check on a document, add its issues, and return whether it can be written."""
        data, log, identity = self.data, self.log, converted.article_id
        article = _to_article(converted.article) if converted.article else data.articles[identity]
        zones = [] if "zones" in document else data.zones(article)
        links, topics = ChainMap[str, Any](data.links, log.links), ChainMap[str, Any](data.topics, log.topics)
        flaws = [] if data.schema.is_valid(document) else data.schema.explain(document)
        flaws = flaws or integrity.check_document(document, article, zones, data.schema, links, topics)
        file = log.source_names[identity]
        log.issues += [Issue(file, 1, code, message, tables.format_path(path)) for code, path, message in flaws]
        return all(code in _TOLERATED_CODES for code, _, _ in flaws)


def _to_article(bulk: BulkArticle) -> Article:
    text = files.normalize_newlines(bulk["text"])
    article = Article(
        id=bulk["id"], source_id=bulk["source_id"] or bulk["id"], source_text=text,
        source_sha256=digests.sha256(text), section=None, published=None, url=None,
        license=bulk["license"],
    )  # fmt: skip
    if "zones" in bulk:
        article["zones"] = bulk["zones"]
    return article
