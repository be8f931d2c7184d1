"""Problems in data: a code, a place, a message and a remedy; commands collect them and show all of them.

The text form is ``file:line: code: message (remedy)``. A code never changes its meaning;
``tests/golden/issues`` holds one folder for each, with the exact text expected.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from pactwire.model import escapes

REMEDIES: Final = {
    # files
    "not-utf8": "save the file as UTF-8",
    "control-character": "remove the character; texts may hold LF and TAB, all else no control character; U+0080 to "
    "U+009F can be read as Windows-1252: ingest or convert from with --repair windows-1252",
    "lone-surrogate": "replace the escape by the character that was meant",
    "not-json": "mend the JSON",
    "duplicate-key": "keep one of the two; readers would silently take the last",
    "number-form": "write a whole number without point or exponent",
    "too-large": "split the text, or leave it out",
    "not-zstd": "fetch or compress the file again",
    "settings": "mend the file; docs/labeling.md says what the id is for",
    "table": "mend the row; columns and values are described in CONTRIBUTING.md",
    "file-missing": "put the file there, or take the entry away",
    "file-unlisted": "add a line for it to dataset/sources.jsonl, or move the file to another folder",
    "file-hash": "restore the file; a raw file is never edited",
    "file-kind": "leave it out; name or put there files that can be read to their end",
    "file-link": "name the file itself, or put the file in the place of the link",
    "file-name": "rename the file; names are UTF-8",
    "file-access": "get the right to read it, or leave it out",
    "file-case": "rename one of the two, in dataset/sources.jsonl too; on some disks they are one file",
    "no-articles": "put articles into dataset/raw and describe them in dataset/sources.jsonl",
    "duplicate-article": "keep one of the two",
    # documents
    "schema": "see schema/ for what is allowed",
    "date": "write a day or time that exists",
    "unknown-article": "check the id, or add the article to dataset/raw",
    "article-twice": "keep one document for each article and annotator",
    "document-place": "move the document to annotations/ANNOTATOR/ARTICLE.json, ANNOTATOR being among its annotators",
    "text-hash": "annotate the text that is in dataset/raw; offsets hold for one text only",
    "status-layers": "give status one key for each layer that is present",
    "reviewed-without-human": "use adjudicated or submitted until a person has read the layer",
    # labels
    "duplicate-id": "give each label, annotator or record an id of its own",
    "unknown-annotator": "list the annotator under annotators, or take it out of by",
    "offset-range": "count code points of the source text, end exclusive",
    "span-order": "let start be smaller than end",
    "span-text": "re-slice the text, or move the offsets",
    "span-edge": "let the span start and end on a character that is not white space",
    "on-furniture": "annotate content only, or mend the zones",
    "zone-overlap": "let each character belong to one zone",
    "zone-gap": "cover every character that is not white space with a zone",
    "unknown-entity": "use the id of an entity of this document, AUTHOR or UNNAMED",
    "unknown-target": "use the id of an entity or claim of this document",
    "unknown-topic": "use a topic of annotations/topics.json, or add it there",
    "unknown-link": "add the id with its source to annotations/links.tsv, or use null",
    # across articles
    "unknown-member": "write members as article/claim, of a claim in annotations/final",
    "member-twice": "let a claim stand in one cluster, and a cluster hold two articles or more",
    "split-missing": "add the article to dataset/splits.csv",
    "split-conflict": "give all articles of a story the same split",
    "near-copy": "write `excluded` for one of the two; `pactwire stories` does so for newcomers",
    "not-toml": "fix the TOML at that line",
    # the card
    "front-matter": "mend the YAML at the top of the card; docs/building.md says what it may hold",
    "generated-part": "use one of the names in the message, or take the two markers out",
    # building
    "missing-extra": "run the command in the message",
    "build-target": "move the file to another place; README.md, manifest.json, croissant.json and plots are built",
    "worker-died": "use fewer --workers, or a machine with more memory, and build again; nothing is lost",
    "root-busy": "wait until it has ended, or leave --no-wait out; nothing was written",
    "no-store": "check the address and what gives you access; install pactwire[stores] and, for s3://, s3fs",
    # results of Label Studio
    "ls-result": "export the task again, unedited",
    "ls-label": "open the task and give the region one label",
    "ls-field": "open the task and set the attribute to one allowed value",
    "ls-offset": "draw the region again; offsets count code points of the task's text, end exclusive",
    "ls-utf16": "count code points, not UTF-16 units, in whatever wrote these results",
    "ls-text": "draw the region again, or export the task again, unedited",
    "ls-cut": "draw the region again so that it ends before the blank line or gap",
    "ls-relation": "open the task and choose the relation's label, or draw it again between regions that may have it",
    "ls-party": "open the task and keep one: a relation, or a choice",
    "ls-cue": "open the task and relate one cue to the claim",
    "ls-finished": "open the task and tick the layer as finished, or undo what you changed in it",
    # agreement and adjudication
    "agreement-text": "compare documents of one text; renew the labels of the older one first",
    "agreement-guidelines": "compare documents made under one version of the guidelines",
    "agreement-self": "name annotators who worked apart, each once",
    "agreement-missing": "name folders of annotations/ that hold documents of the same articles",
    "decisions-header": "mend the first line; the format is described in scripts/pactwire/agreement/adjudication.py",
    "decisions-record": "mend the line; the format is described in scripts/pactwire/agreement/adjudication.py",
    "decisions-unknown": "take id and options from a run of pactwire adjudicate, and leave them as they are",
    "decisions-stale": "move the line out of the file and decide anew; the annotators' labels have changed since",
    "decisions-reference": "keep the label that is referred to, or decide for a label that refers to another",
    "decisions-incomplete": "fill in choice, by and, for other, label; then run the command again",
    "final-at-risk": "move the document away, or take its changes over as decisions",
    # a Label Studio server, and the way there and back
    "server-install": "see the message; the server needs Python 3.11 or later and a package index",
    "server-start": "see server.log beside credentials.json",
    "server-running": "use it, or stop it first",
    "port-busy": "choose another port, or leave --port out",
    "no-server": "run `pactwire label serve`, or set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY",
    "server-login": "set LABEL_STUDIO_API_KEY to a token of your account page, or ask for access",
    "server-address": "set LABEL_STUDIO_URL to the address of the server's first page, such as http://localhost:8080",
    "server-certificate": "set SSL_CERT_FILE to a PEM file of the certificate, or of whoever signed it; one that has"
    " expired or is of another name has to be renewed",
    "server-moved": "set LABEL_STUDIO_URL to the address that the server itself goes by",
    "server-away": "see that the server runs, and that the address and its http:// or https:// are right; try again",
    "server-timeout": "wait a little, and try again; nothing is lost or doubled",
    "server-limit": "let the proxy take larger requests (nginx: client_max_body_size), and try again",
    "server-busy": "try again later",
    "server-error": "look at the server's log, and try again",
    "server-answer": "see that the address is that of Label Studio and that the account may do this",
    "project-twice": "take the [pactwire:…] mark out of the description of the one that is not to be labeled in",
    "project-unmarked": "if it is this dataset's, run `pactwire label push --adopt`; else run that in the dataset whose"
    " it is, which gives the project that dataset's id",
    "dataset-copied": "if this is to be a dataset of its own, take the line of the id out of pactwire.toml: a push"
    " draws another; if it is the same dataset, get its newest articles, or run `pactwire label push --adopt`",
    "config-edited": "put a label that is to stay into the schema, or run `pactwire label push --update-config`, which"
    " takes away what is only there",
    "project-missing": "run `pactwire label push` first",
    "label-in-use": "put the label back into the schema, or give the regions another label in Label Studio",
    "task-foreign": "export the task with its work, and import it where it belongs: this dataset has no place for it",
    "task-twice": "let people go on in one of the two; export the other with its work before you take it away",
    "task-text": "export the task with its work, move it to a project of its own, and push again",
    "annotation-empty": "open the task, see that its draft shows, tick the layers that you finished, and save",
    "annotation-twice": "export the task; then let the person who made both bring them together in one, and take the"
    " other away",
    "annotation-shared": "its owner puts it right and presses Update; the other labels apart (see docs/labeling.md)",
    "annotator-unmapped": 'name the person in .pactwire/annotators.json, as "e-mail": "pseudonym"',
    "pull-conflict": "move your file out of annotations/, pull again to get theirs, and bring the two together",
    "zones-conflict": "mend the zones, or the labels, in Label Studio",
    "adjudication-twice": "agree on who decides; the other takes their own annotation back",
    "adjudication-stale": "run `pactwire label push --adjudicate` again, look at the task's new predictions, and save",
    "adjudication-label": "change the label in Label Studio, or decide it by hand in annotations/decisions.jsonl",
    "adjudication-conflict": "agree on one answer, and give it in annotations/decisions.jsonl and in Label Studio",
    "export-form": "export again as JSON, with all tasks",
    # publishing
    "publish-build": "run `pactwire build`, look at what changed, and publish again",
    "publish-token": "set HF_TOKEN to a token that may write, or run `hf auth login`",
    "publish-permission": "use a token of the owner that may write, or another repository",
    "publish-visibility": "change the repository's settings on the Hub, or say --public where it is public",
    "publish-tag": "raise the version; a tag never moves",
    "publish-parent": "nothing was published: look at the other commit, then run the same command again",
    "publish-hub": "nothing was published: run the same command again",
    "publish-unknown": "run the same command again: it completes what was begun, or does it anew",
    "publish-unfinished": "the files are published and the tag is missing: run the same command again, it completes",
    "publish-upload": "the commit has no tag: put the right file in its place on the Hub, and run the command again",
    "publish-verify": "do not announce the release: see what differs, then run the same command again",
    # releases without texts
    "standoff-repeats": "say it in other words",
    "hydrate-release": "name a folder with a whole release that was published with --standoff",
    "hydrate-missing": "give the text's file, or a JSONL record with it, or a folder that holds it",
    "hydrate-hash": "give the text as it was when the release was made",
    "hydrate-section": "give the text as a JSONL record with `id`, `text` and `section`",
    "hydrate-record": "give each record its `text`, and `section` as a string where it is known",
    "hydrate-digest": "get the release again, and use the version of pactwire that made it",
    "hydrate-out": "name a folder that is empty or does not exist",
    # snapshots to compare, and what a release needs
    "snapshot-form": "name the root of a dataset, or a folder that `pactwire build` wrote",
    "snapshot-hub": "check repository and revision; for a private one set HF_TOKEN",
    "release-git": "run it in a git checkout with a commit",
    "release-tree": "commit the change, or take it back",
    "release-baseline": "run `git fetch --tags`, or mend the changelog's headings",
    "release-version": "raise the version in pyproject.toml, or take back what forbids it",
    "release-changelog": "write the top entry for the version in pyproject.toml, as RELEASING.md says",
    "release-card": "write the version of pyproject.toml in DATASET_CARD.md, and run `pactwire build`",
    "release-built": "run `pactwire build`",
    "release-generated": "run `pactwire build` and `pactwire docs`, and commit",
    "release-tag": "tags never move: raise the version, or tag the right commit",
    # the site
    "view-target": "name a folder that is empty, does not exist, or holds an earlier site",
    # reading and ingesting
    "ingest-input": "check the name, and the way there",
    "ingest-form": "name files of these forms, by .txt, .html, .jsonl, .parquet, .warc or .wet, and .gz or .zst",
    "ingest-cut": "fetch the file again; what stands before the cut is taken",
    "ingest-broken": "fetch or make the file again",
    "ingest-bomb": "unpack it by hand if it can be trusted",
    "ingest-deep": "leave the page out; nobody wrote it to be read",
    "ingest-encoding": "name the encoding with --encoding, or mend the page",
    "ingest-columns": "name the text's column with --column text=NAME",
    "ingest-empty": "leave it out; there is nothing to read",
    "ingest-value": "mend the record",
    "ingest-id": "give the article an id of its own that is no path, or none",
    "ingest-copy": "nothing; the text is there once",
    # converting
    "convert-line": "mend the line; brat writes T1, TAB, type, blank, start, blank, end, TAB, words",
    "convert-no-text": "put the text beside the annotation, under the same name; for tables, --texts names its folder",
    "convert-columns": "name them with --columns, as in start,end,text,_,type",
    "convert-row": "mend the row; --columns says what stands in which column",
    "convert-record": "mend the record, or say with --field how its fields are called",
    "convert-decision": "write accept or reject there; of a record, --field answer=NAME names the field that decides",
    "convert-empty": "name files that hold articles and labels",
    "convert-discontinuous": "annotate one stretch of text, or two mentions; a mention here is contiguous",
    "convert-span": "mend the offsets in the file",
    "convert-text": "mend the offsets or the words in the file; they are moved only where one place is certain",
    "convert-type": "give it one of ours in the file for --types, or null; `pactwire convert types` makes such a file",
    "convert-mapping": 'map to a type of schema/annotation.schema.json, to {"type": …, "form": …}, or to null',
    "convert-tag": "mend the line, or name the columns with --column and --token",
    "convert-page": "take pages that `pactwire convert to webannotation` wrote",
    "convert-twice": "keep one of the two, or give the file a name of its own",
    "convert-out": "move the file away, or import under another --name or --annotator",
    "convert-unknown": "hand over one of the formats in docs/convert.md, or say with --field how its fields are called",
    "convert-person": "take one person's annotations at a time with --person, each under an --annotator of its own",
    "convert-ours": "take it over with `pactwire label import`, which knows zones, claims and stances",
    "convert-classes": "name the classes in the order of their numbers with --classes, as in O,B-PER,I-PER",
    "convert-layer": "name the layer with the mentions, as in --field spans=NAME",
    "convert-types": "put the TypeSystem.xml of the same export beside it",
    # folders that commands fill
    "export-changed": "take the change over first, then move the file away, or write to another folder",
    "export-unlisted": "take over what was changed in them, then repeat with --adopt, or write to another folder",
    # suggesting
    "suggest-model": "install the model, or name a folder that holds it",
}

COMMAND_CODES: Final[tuple[str, ...]] = (
    "generated-part", "missing-extra", "file-access", "build-target", "worker-died", "root-busy", "no-store",
    "ls-result", "ls-label", "ls-field", "ls-offset", "ls-utf16", "ls-text", "ls-cut",
    "ls-relation", "ls-party", "ls-cue", "ls-finished",
    "agreement-text", "agreement-guidelines", "agreement-self", "agreement-missing",
    "decisions-header", "decisions-record", "decisions-unknown", "decisions-stale",
    "decisions-reference", "decisions-incomplete", "final-at-risk",
    "server-install", "server-start", "server-running", "port-busy", "no-server", "server-login", "server-address",
    "server-certificate", "server-moved", "server-away", "server-limit", "server-timeout",
    "server-busy", "server-error", "server-answer", "project-twice", "project-missing",
    "project-unmarked", "dataset-copied", "config-edited",
    "label-in-use", "task-foreign", "task-twice", "task-text", "annotation-empty", "annotation-twice",
    "annotation-shared", "annotator-unmapped", "pull-conflict", "zones-conflict", "export-form",
    "adjudication-twice", "adjudication-stale", "adjudication-label", "adjudication-conflict",
    "publish-build", "publish-token", "publish-permission", "publish-visibility", "publish-tag", "publish-parent",
    "publish-hub", "publish-unknown", "publish-unfinished", "publish-upload", "publish-verify",
    "standoff-repeats", "hydrate-release", "hydrate-missing", "hydrate-hash", "hydrate-section", "hydrate-record",
    "hydrate-digest", "hydrate-out",
    "snapshot-form", "snapshot-hub", "release-git", "release-tree", "release-baseline", "release-version",
    "release-changelog", "release-card", "release-built", "release-generated", "release-tag",
    "view-target",
    "ingest-input", "ingest-form", "ingest-cut", "ingest-broken", "ingest-bomb", "ingest-deep", "ingest-encoding",
    "ingest-columns", "ingest-empty", "ingest-value", "ingest-id", "ingest-copy",
    "convert-line", "convert-no-text", "convert-empty", "convert-discontinuous", "convert-span", "convert-text",
    "convert-columns", "convert-row", "convert-record", "convert-decision",
    "convert-type", "convert-mapping", "convert-tag", "convert-page", "convert-twice", "convert-out",
    "convert-unknown", "convert-person", "convert-ours", "convert-classes", "convert-layer", "convert-types",
    "export-changed", "export-unlisted", "suggest-model",
)  # fmt: skip
"""Codes of commands and servers, which no file of a dataset can have."""


@dataclass(frozen=True, order=True)
class Issue:
    """One problem. ``line`` counts from 1; ``record`` names an article or label where that says more."""

    file: str
    line: int
    code: str
    message: str
    record: str = ""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.code]

    def text(self) -> str:
        """Return ``file:line: code: message (remedy)`` on one line; what it quotes can't forge another."""
        return escapes.terminal_line(f"{self.file}:{self.line}: {self.code}: {self.message} ({self.remedy})")

    def json(self) -> str:
        """Return the issue as one line of JSON, remedy included."""
        return escapes.escape_json(json.dumps({**asdict(self), "remedy": self.remedy}, ensure_ascii=False))


class DataError(Exception):
    """Data that can't be used, with every issue found; commands print them and exit with 1."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("\n".join(issue.text() for issue in issues))
        self.issues = list(issues)
