"""A user's script: all that `import pactwire as pw` offers, typed; mypy checks it strictly with the other tests.

Its arguments are a dataset, an article's id, a layer, two annotators, a config, a folder to write to, and a version.
"""

import sys
from pathlib import Path

import pactwire as pw


def main(root: str, identity: str, layer: str, one: str, other: str, config: str, out: str, old: str) -> None:
    """Do what a user may do."""
    dataset: pw.Dataset = pw.open(root)
    article: pw.Article = dataset[identity]
    known: list[str | None] = [article.text, article.source_text, article.language, article.split, article.title]
    found: tuple[pw.Label, ...] = article.labels(layer)
    for label in found:
        start: int = label.start
        by: tuple[str, ...] = label.by
        print(label.text, start, label.end, label["type"], label.get("link"), *by)
    there: tuple[int, int] | None = article.to_source(0, 3)
    back: tuple[int, int] | None = article.to_content(*there) if there else None
    document: pw.Document = article.document(one)
    print(known, back, document.annotators, dataset.annotators, len(dataset), identity in dataset)
    report: pw.ValidationReport = dataset.validate()
    if not report:
        print(*(issue.text() for issue in report))
    agreement: pw.AgreementReport = dataset.agreement(one, other)
    print(agreement.to_pandas().to_string(), agreement)
    print(dataset.rows(config, split="train").num_rows)
    built: pw.BuildReport = dataset.build(workers=1)
    exported: pw.ExportReport = dataset.export("brat", Path(out))
    changes: pw.VersionDiff = dataset.diff(old)
    print(built.rows, exported.written, changes, [change.name for change in changes])
    task: pw.labelstudio.LabelingTask = pw.labelstudio.encode(article)
    again: pw.Document = pw.labelstudio.decode(task)
    print([label.record for label in again.labels(layer)] == [label.record for label in found])
    try:
        pw.open("hf://datasets/no such name")
    except pw.DataError as error:
        issues: list[pw.Issue] = error.issues
        print(issues[0].code, issues[0].remedy)


if __name__ == "__main__":
    main(*sys.argv[1:])
