"""File exchange: writes tasks for import into any Label Studio, and reads its exports into documents.

For teams without access to the server's API. Exports are imported as a pull imports annotations.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import (
    annotation_import,
    annotator_ids,
    drafts,
    export_reader,
    labeling_config,
    readiness,
    schema_mapping,
    task_builder,
)
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.pull_state import PulledDocuments, PullResult
from pactwire.model import digests
from pactwire.model.issues import DataError
from pactwire.storage import files, locks, output_ledger
from pactwire.storage.output_ledger import OutputLedger
from pactwire.storage.staging import Staging


def export_tasks(data: Corpus, project: str, path: Path, adopt: bool = False) -> int:
    """Write the tasks of a project with their drafts to ``path``, and its labeling config as XML beside it.

    Args:
        data: The dataset.
        project: One of schema_mapping.labeling_projects.
        path: The JSON file to write.
        adopt: Also replace files that version 1.0 wrote.

    Returns:
        The number of tasks.

    Raises:
        DataError: With every issue of the dataset; where the layers that the project gives are missing (layer-waits);
            or if a file exists that no earlier export wrote as it is
            (`pactwire.storage.output_ledger`).
    """
    guidelines = readiness.require_ready(data)
    if waiting := drafts.waiting_articles(data, project, data.articles):
        raise DataError([drafts.waiting_issue(data, project, waiting)])
    names = re.compile("|".join(re.escape(written.name) for written in (path, path.with_suffix(".xml"))))
    labeling = labeling_config.labeling_config(
        data.schema, project, list(data.topics.values()), list(data.links.values())
    )
    beside = path.with_suffix(".xml")
    with locks.creating(path):
        ledger = OutputLedger(path.parent, names, adopt, f".{path.name}{output_ledger.LEDGER_FILE}")
        with Staging() as staging:
            with staging.open(path) as stream:
                for number, article in enumerate(data.articles.values()):
                    stream.write(b",\n" if number else b"[\n")
                    stream.write(msgspec.json.encode(task_builder.build_task(data, article, project, guidelines)))
                stream.write(b"\n]\n")
            wanted = {path.name: files.file_sha256(staging.current_path(path)), beside.name: digests.sha256(labeling)}
            staging.add(beside, labeling)
            ledger.stale(wanted)
            ledger.begin(wanted)
            staging.publish()
            ledger.end(wanted)
    return len(data.articles)


def import_exports(data: Corpus, paths: Iterable[Path]) -> PullResult:
    """Write the submitted annotations in exports, one per project, to documents; raises DataError for broken exports.

    Tasks are read one article at a time, and nothing is written before all of them have been read.
    """
    result = PullResult()
    who = AnnotatorDirectory({}, annotator_ids.load_pseudonyms(data.root))
    store = PulledDocuments(data.root, data.schema, "exports")
    locations = export_reader.index_tasks(paths, schema_mapping.labeling_projects(data.schema))
    try:
        for article in sorted(locations):
            sources = [export_reader.read_task(place) for place in locations[article]]
            imported = annotation_import.import_annotations(data, sources, who)
            result.notes += [*imported.notes, *_unsent_notes(sources, who)]
            result.issues += imported.issues
            store.stage(article, imported.documents, result)
        store.publish(result)
    finally:
        store.discard()
    return result


def _unsent_notes(sources: Iterable[SourceTask], who: AnnotatorDirectory) -> list[str]:
    """Return a note for each person's edits that were not submitted."""
    return [
        f"{source.place}: holds edits by {who.display_name(draft.get('user'))} that were not submitted; "
        "they are not imported"
        for source in sources
        for draft in source.task.get("drafts") or []
        if isinstance(draft, dict)
    ]
