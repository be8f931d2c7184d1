"""Tasks to a JSON file that any Label Studio imports, and the JSON that it exports to documents.

The way for teams that have no access to the server's API; what comes back is taken as a pull takes it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import annotation_import, annotator_ids, config, export_reader, push
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.pull_state import PulledDocuments, PullResult
from pactwire.storage import files, locks, output_ledger
from pactwire.storage.output_ledger import OutputLedger
from pactwire.storage.staging import Staging


def export_tasks(data: Corpus, project: str, path: Path, adopt: bool = False) -> int:
    """Write all articles of a project as tasks with their drafts, and its labeling config as XML; returns how many.

    Raises DataError with every issue of the dataset, and where one of the files is there and no earlier export made
    it as it is (`pactwire.storage.output_ledger`; ``adopt`` is for files of version 1.0).
    """
    guidelines = push.require_ready(data)
    names = re.compile("|".join(re.escape(each.name) for each in (path, path.with_suffix(".xml"))))
    labeling = config.labeling_config(project, list(data.topics.values()), list(data.links.values()))
    beside, staging = path.with_suffix(".xml"), Staging()
    with locks.creating(path):
        made = OutputLedger(path.parent, names, adopt, f".{path.name}{output_ledger.LEDGER_FILE}")
        try:
            with staging.open(path) as stream:
                for number, article in enumerate(data.articles.values()):
                    stream.write(b",\n" if number else b"[\n")
                    stream.write(msgspec.json.encode(push.build_task(data, article, project, guidelines)))
                stream.write(b"\n]\n")
            wanted = {path.name: files.file_sha256(staging.current_path(path)), beside.name: files.sha256(labeling)}
            staging.add(beside, labeling)
            made.stale(wanted)
            made.begin(wanted)
            staging.publish()
            made.end(wanted)
        finally:
            staging.discard()
    return len(data.articles)


def import_exports(data: Corpus, paths: Iterable[Path]) -> PullResult:
    """Write what people submitted in exports, one for each project; raises DataError with all that is no export.

    Tasks are read one article at a time, and nothing is written before all of them were.
    """
    pulled = PullResult()
    who = AnnotatorDirectory({}, annotator_ids.load_pseudonyms(data.root))
    store = PulledDocuments(data.root, "exports")
    found = export_reader.index_tasks(paths)
    try:
        for article in sorted(found):
            sources = [export_reader.read_task(place) for place in found[article]]
            given = annotation_import.import_annotations(data, sources, who)
            pulled.notes += [*given.notes, *_unsent_notes(sources, who)]
            pulled.issues += given.issues
            store.take(article, given.documents, pulled)
        store.keep(pulled)
    finally:
        store.discard()
    return pulled


def _unsent_notes(sources: Iterable[SourceTask], who: AnnotatorDirectory) -> list[str]:
    """Return a note for all edits that nobody submitted."""
    return [
        f"{source.place}: holds edits by {who.display_name(draft.get('user'))} that were not submitted; "
        "they are not taken"
        for source in sources
        for draft in source.task.get("drafts") or []
        if isinstance(draft, dict)
    ]
