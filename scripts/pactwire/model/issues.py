"""Issues: problems in data with a code, a place, a message and a remedy. Commands collect and show all of them.

The text form is ``file:line: code: message (remedy)``. A code never changes its meaning;
``tests/golden/issues`` has a folder for each code, with the exact text expected.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from pactwire.model import escapes

_DATA_REMEDIES: Final = {
    # files
    "not-utf8": "save the file as UTF-8",
    "control-character": "remove the character; texts may contain LF and TAB but no other control characters,"
    " single-line values none; U+0080 to U+009F can be read as Windows-1252: ingest or convert from with"
    " --repair windows-1252",
    "lone-surrogate": "replace the escape with the intended character",
    "not-json": "fix the JSON",
    "not-toml": "fix the TOML at that line",
    "duplicate-key": "keep one of the two; parsers would silently take the last",
    "number-form": "write whole numbers without a point or an exponent, as in 2 for 2.0, and others with as few"
    " digits as they need; a column of pandas that has gaps holds 2.0 unless its dtype is Int64",
    "too-large": "split the text, or omit it",
    "not-zstd": "download or compress the file again",
    "settings": "fix the setting; docs/settings.md lists what there is",
    "version-moved": "write the version of the data below [dataset] in pactwire.toml; if it has none yet, write 0.1.0",
    "table": "fix the row; docs/files.md describes columns and values",
    "file-missing": "add the file, or remove the entry",
    "file-unlisted": "add a line for it to dataset/sources.jsonl, or move it out of dataset/raw and run"
    " `pactwire ingest` on it",
    "file-hash": "restore the file; raw files are never edited",
    "file-kind": "omit it; use regular files",
    "file-link": "name the file itself, or replace the link with the file",
    "file-name": "rename the file; names must be UTF-8",
    "file-case": "rename one of the two, also in dataset/sources.jsonl; on some file systems they are the same file",
    "no-articles": "add articles with `pactwire ingest`",
    "duplicate-article": "keep one of the two",
    "withdrawn-article": "run `pactwire withdraw ARTICLE --execute` again; to take it back, remove its line from"
    " dataset/withdrawn.jsonl",
    # the schema
    "schema-missing": "run `pactwire init`, which adds one; in a dataset made with version 1, `pactwire init --template"
    " news`",
    "schema-keyword": "write it as docs/schema.md describes, or remove it",
    "schema-shape": "write it in the shape that docs/schema.md describes for its kind",
    "schema-reference": "define it under $defs, or refer to another definition there",
    "schema-target": "use one of those that are allowed, or declare it",
    "schema-name": "rename it, also in the documents",
    "schema-clash": "rename one of the two, also in the documents",
    "schema-class": "name a choice of the layer's labels, or change what needs it",
    "schema-envelope": "run `pactwire docs`, which renews the tool's definitions and keeps your own",
    # migrations
    "ledger": "restore the file; only `pactwire migrate` writes it",
    "migration-form": "write the step as docs/migrations.md describes",
    "migration-unknown": "use one of those that there are at this step",
    "migration-clash": "write another name or another step, as the message says",
    "migration-schema": "change the step, or the schema before it",
    "migration-number": "rename the file: migrations are numbered from 0001 without gaps, in the order of their"
    " application",
    "migration-edited": "restore the file, as in `git checkout`; write a new migration for what is still to change",
    "document-behind": "run `pactwire migrate --execute`, which takes its labels through the migrations since",
    "document-ahead": "merge the branch whose ledger lists that migration, or remove labels from the document's header"
    " if they follow the schema as it is",
    "queue-record": "fix the line; docs/migrations.md describes the format",
    # documents
    "schema": "schema/ defines what is allowed; docs/schema.md describes how to change it, also how to rename or"
    " drop a label",
    "date": "write a date or time that exists",
    "unknown-article": "check the id, or add the article to dataset/raw",
    "article-twice": "keep one document for each article and annotator",
    "document-place": "move the document to annotations/ANNOTATOR/ARTICLE.json; ANNOTATOR is one of its annotators",
    "round-name": "use annotations/rounds/N/ANNOTATOR/ and annotations/decisions/N.jsonl; N is a round, from 1 to the"
    " current one",
    "decisions-twice": "move the decisions of this round to the file of its number; delete annotations/decisions.jsonl",
    "text-hash": "annotate the text in dataset/raw; offsets are valid for that text only",
    "status-layers": "give status one key for each layer that is present",
    "review-record": "fix the line, or remove it and review again; docs/adjudication.md describes the format",
    "review-stale": "run `pactwire adjudicate`, then review the article again with `pactwire label push --review`, or"
    " remove the line",
    "reviewed-without-human": "use adjudicated or submitted until a person has read the layer",
    # labels
    "duplicate-id": "give each label, annotator or record a unique id",
    "unknown-annotator": "list the annotator under annotators, or remove it from by",
    "offset-range": "count code points of the source text; end is exclusive",
    "span-order": "make start smaller than end",
    "span-text": "copy the text between the offsets again, or move the offsets",
    "span-edge": "start and end the span on a character that is not white space",
    "on-furniture": "annotate content only, or fix the zones",
    "zone-overlap": "assign each character to only one zone",
    "zone-gap": "cover every character that is not white space with a zone",
    "unknown-target": "use one of those, or add the label it should refer to",
    "unknown-topic": "use a topic of annotations/topics.json, or add it there",
    "unknown-link": "add the id with its source to annotations/links.tsv, or use null",
    # across articles
    "unknown-member": "write each member as article/label, for a label in annotations/final",
    "member-twice": "put each label into one cluster only, and labels of at least two articles into each cluster",
    "split-missing": "run `pactwire stories --write`, which adds a row for each new article to dataset/splits.csv",
    "split-conflict": "give all articles of a story the same split and group, and all of a group the same fold",
    "near-copy": "write `excluded` for one of the two; `pactwire stories` does so for new articles",
    # the card
    "front-matter": "fix the YAML at the top of the card; docs/building.md lists what it may contain",
}

_COMMAND_REMEDIES: Final = {
    # all commands
    "file-access": "get permission to read it, or omit it",
    "generated-part": "use one of the names in the message, or remove the two markers",
    "missing-extra": "run the command in the message",
    "not-built": "run `pactwire build` first",
    "build-target": "move the file elsewhere; README.md, manifest.json, croissant.json and plots are built",
    "worker-died": "run the command again with fewer --workers or more memory; nothing is lost",
    "no-cluster": "start the cluster that RAY_ADDRESS names; if it has a token, set RAY_AUTH_MODE=token and "
    "RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH",
    "root-busy": "wait until it ends, or omit --no-wait; nothing was written",
    "no-store": "check the address and your credentials; install pactwire[stores] and, for s3://, s3fs",
    # results of Label Studio
    "ls-result": "export the task again, unedited",
    "ls-label": "open the task and give the region one label",
    "ls-field": "open the task and set the attribute to one allowed value",
    "ls-offset": "draw the region again; offsets count code points of the task's text, and end is exclusive",
    "ls-utf16": "make the program that wrote these results count code points, not UTF-16 units",
    "ls-text": "draw the region again, or export the task again, unedited",
    "ls-cut": "draw the region again so that it ends before the blank line or gap",
    "ls-relation": "open the task and choose the relation's label, or draw it again between regions that allow it",
    "ls-party": "open the task and keep one: a relation, or a choice",
    "ls-cue": "open the task and relate one cue to the claim",
    "ls-finished": "open the task and tick the layer as finished, or undo your changes to it",
    "ls-given": "open the task and remove the region; refer to one that is given",
    # agreement and adjudication
    "agreement-text": "compare documents with the same text; update the labels of the older one first",
    "agreement-guidelines": "compare documents that follow the same version of the guidelines",
    "agreement-self": "name different annotators who worked independently, each once",
    "agreement-missing": "name folders of annotations/ that have documents of the same articles",
    "score-empty": "name files with annotation documents, rows of a config, or a format of docs/convert.md",
    "score-article": "leave the article out, or name the version that has it with --against",
    "score-text": "predict on the text of the version that is named, or name the one that was predicted on with"
    " --against",
    "score-twice": "keep one of the two",
    "score-row": "keep the columns of the config, or its id, in each row; name the version of the rows with --against",
    "score-value": "write labels by their names or numbers, scores as numbers, and a tag for each token",
    "score-config": "name the config to score with --config; `pactwire view` shows documents and tags of tokens only",
    "score-text-free": "complete it with `pactwire hydrate`, and name the folder that this writes",
    "decisions-header": "fix the first line; docs/adjudication.md describes the format",
    "decisions-record": "fix the line; docs/adjudication.md describes the format",
    "decisions-unknown": "copy id and options from a run of pactwire adjudicate, unchanged",
    "decisions-stale": "remove the line and decide again; the annotators' labels have changed since",
    "decisions-reference": "keep the label that is referred to, or choose a label that refers to another",
    "decisions-incomplete": "fill in choice, by and, for other, label; then run the command again",
    "final-at-risk": "move the document elsewhere, or record its changes as decisions",
    "round-mixed": "adjudicate those too, or move them to a file of their own",
    # migrations
    "migration-document": "change the label or the migration; nothing was changed",
    "queue-open": "answer the open lines, then run `pactwire migrate --execute`",
    # a Label Studio server, push and pull
    "guidelines-version": "write annotations/GUIDELINES.md, which says how to label, with the line: Version 1.0",
    "server-install": "see the message; the server needs Python 3.11 or later and a package index",
    "server-start": "see server.log beside credentials.json",
    "server-running": "use it, or stop it first",
    "port-busy": "choose another port, or omit --port",
    "no-server": "run `pactwire label serve`; or set LABEL_STUDIO_URL, or labelstudio.url in pactwire.toml, and"
    " LABEL_STUDIO_API_KEY",
    "server-login": "set LABEL_STUDIO_API_KEY to a token from your account page, or ask for access",
    "server-address": "set LABEL_STUDIO_URL to the address of the server's start page, such as http://localhost:8080",
    "server-certificate": "set SSL_CERT_FILE to a PEM file of the certificate, or of its issuer; renew a certificate"
    " that has expired or names another host",
    "server-moved": "set LABEL_STUDIO_URL to the server's own address",
    "server-away": "check that the server runs, and that the address and its http:// or https:// are right; try again",
    "server-timeout": "wait a moment, and try again; nothing is lost or duplicated",
    "server-limit": "allow larger requests in the proxy (nginx: client_max_body_size), and try again",
    "server-busy": "try again later",
    "server-error": "look at the server's log, and try again",
    "server-answer": "check that the address is that of Label Studio and that the account has the permission",
    "project-twice": "remove the [pactwire:…] mark from the description of the one that is not used for labeling",
    "project-unmarked": "if it belongs to this dataset, run `pactwire label push --adopt`; otherwise run that in the"
    " dataset it belongs to, which gives the project that dataset's id",
    "dataset-copied": "to make this a dataset of its own, run `pactwire init --new-id`; if it is the same dataset, get"
    " its newest articles, or run `pactwire label push --adopt`",
    "config-edited": "add the labels to keep to the schema, or run `pactwire label push --update-config`, which removes"
    " those that are only in the project",
    "layer-waits": "adjudicate the layers that it refers to, or suggest them; then push again",
    "project-behind": "run `pactwire migrate --execute --url URL` with the server's address; if the project is ahead,"
    " get the dataset's newest state",
    "annotation-behind": "run `pactwire migrate --execute --url URL` with the server's address; a page that was open"
    " meanwhile saved it",
    "queue-missing": "run `pactwire migrate` to see what there is to do",
    "queue-answer": "choose one of the labels for each place in Label Studio, or answer it in the queue's file",
    "queue-conflict": "agree on one answer, and give it in the queue's file and in Label Studio",
    "project-missing": "run `pactwire label push` first",
    "label-in-use": "restore the label in the schema, or give the regions another label in Label Studio",
    "task-foreign": "export the task with its work, and import it into the dataset it belongs to",
    "task-twice": "continue in one of the two; export the other with its work before you delete it",
    "task-text": "export the task with its work, move it to a separate project, and push again",
    "annotation-empty": "open the task, check that its draft is shown, tick the layers that you finished, and save",
    "annotation-twice": "export the task; then ask the person who created both to merge them into one and delete the"
    " other",
    "given-missing": "add the label in the project of its layer, or refer to another one, and save",
    "annotation-shared": "ask its owner to correct it and press Update; the other person labels separately, as"
    " docs/labeling.md explains",
    "annotator-unmapped": 'name the person in .pactwire/annotators.json, as "e-mail": "pseudonym"',
    "pull-conflict": "move your file out of annotations/, pull again to get theirs, and merge the two",
    "zones-conflict": "fix the zones, or the labels, in Label Studio",
    "adjudication-twice": "agree on who decides; the other person deletes their annotation",
    "adjudication-stale": "run `pactwire label push --adjudicate` again, look at the task's new predictions, and save",
    "adjudication-label": "change the label in Label Studio, or decide it by hand in the file of annotations/decisions",
    "adjudication-conflict": "agree on one answer, and give it in the file and in Label Studio",
    "review-final": "run `pactwire adjudicate` with the annotators of the round; its final documents are reviewed",
    "export-form": "export again as JSON, with all tasks",
    # withdrawing
    "withdraw-unknown": "name articles by their ids, as in dataset/splits.csv",
    "withdraw-trace": "docs/withdraw.md says how it is removed from each place",
    "withdraw-hub": "run the same command again: it goes on where it was",
    # publishing
    "publish-withdrawn": "run `pactwire withdraw ARTICLE --execute` again and build; or leave the words out",
    "publish-build": "run `pactwire build`, review the changes, and publish again",
    "publish-token": "set HF_TOKEN to a token with write access, or run `hf auth login`",
    "publish-permission": "use a token with write access to the owner's repositories, or another repository",
    "publish-visibility": "change the repository's settings on the Hub, or pass --public if it is public",
    "publish-tag": "raise the version; a tag never moves",
    "publish-parent": "nothing was published: review the other commit, then run the same command again",
    "publish-hub": "nothing was published: run the same command again",
    "publish-unknown": "run the same command again: it completes what was begun, or starts over",
    "publish-unfinished": "the files are published but the tag is missing: run the same command again to complete it",
    "publish-upload": "the commit has no tag: replace the file on the Hub with the right one, and publish again",
    "publish-verify": "do not announce the release: check what differs, then run the same command again",
    # releases without texts
    "standoff-repeats": "phrase it differently",
    "hydrate-release": "name a folder with a complete release that was published with --standoff",
    "hydrate-missing": "provide the file of the text, a JSONL record with it, or a folder that contains it",
    "hydrate-hash": "provide the text as it was when the release was created",
    "hydrate-section": "provide the text as a JSONL record with `id`, `text`, `section` and `title`",
    "hydrate-record": "provide each record with its `text`, and with `section` as a string if it is known",
    "hydrate-digest": "download the release again, and use the version of pactwire that created it",
    "hydrate-out": "name a folder that is empty or does not exist",
    # snapshots to compare, and what a release needs
    "unknown-version": "run `git fetch --tags` if the tag is elsewhere, or name a folder, a git revision or"
    " hf://datasets/ORG/NAME@v1.0.0",
    "snapshot-form": "name the root of a dataset, or a folder that `pactwire build` wrote",
    "texts-missing": "run `pactwire hydrate` with the texts, and read the folder that it writes",
    "published-digest": "download or build it again; what is published is never edited",
    "not-a-root": "use the dataset's root folder, which has dataset/raw and annotations/, such as a checkout of it",
    "snapshot-hub": "check repository and revision; for a private one set HF_TOKEN",
    "release-git": "run it in a git checkout with at least one commit",
    "release-tree": "commit the change, or revert it",
    "release-baseline": "run `git fetch --tags`, or fix the headings of the changelog",
    "release-version": "raise the version in pactwire.toml, or revert what forbids it",
    "release-labels": "keep the order of labels; deprecate one that is gone, and put new ones after the others",
    "release-changelog": "write the top entry for the version in pactwire.toml, as docs/releasing.md describes",
    "release-card": "write the version of pactwire.toml into DATASET_CARD.md, and run `pactwire build`",
    "release-citation": "write the version of pactwire.toml and the date of the top entry of CHANGELOG.md into it",
    "release-repository": 'write repository = "OWNER/NAME" below [dataset] in pactwire.toml, with your name on the Hub',
    "release-snippet": "write the repository of pactwire.toml, or use the generated block `load`, which does",
    "release-license": "write a line such as `license: cc-by-4.0` into the front matter of DATASET_CARD.md",
    "release-empty-card": "write into DATASET_CARD.md what the articles are, where they are from, and who labeled them",
    "release-built": "run `pactwire build`",
    "release-generated": "run `pactwire build` and `pactwire docs`, and commit",
    "release-tag": "tags never move: raise the version, or tag the right commit",
    # the site
    "view-target": "name a folder that is empty, does not exist, or contains an earlier site",
    # reading and ingesting
    "ingest-input": "check the path",
    "ingest-form": "give the file the ending of what it is (.txt, .html, .jsonl, .json, .csv, .tsv, .xml, .parquet,"
    " .warc, .arc; with .gz or .zst), or say what it is with --form",
    "ingest-content": "omit the page, or fetch it again",
    "ingest-quote": "close the quote in that record, and ingest the file again",
    "ingest-cut": "download the file again; everything before the cut was ingested",
    "ingest-broken": "download or create the file again",
    "ingest-bomb": "unpack it by hand if you trust it",
    "ingest-failed": "omit the page, and report the error with it",
    "ingest-deep": "omit the page; it was not written for readers",
    "ingest-encoding": "name the encoding with --encoding, or fix the page",
    "ingest-columns": "name the text's column with --column text=NAME",
    "ingest-empty": "omit it; there is nothing to read",
    "ingest-script": "save the page as a browser shows it, after its scripts have run, and ingest that",
    "ingest-value": "fix the record",
    "ingest-id": "give the article a unique id that is not a path, or no id",
    "ingest-copy": "nothing to do; the text is stored once",
    "ingest-withdrawn": "take it out of the input; only its line in dataset/withdrawn.jsonl keeps it out",
    # converting
    "convert-line": "fix the line; brat writes T1, tab, type, space, start, space, end, tab, text",
    "convert-no-text": "put the text beside the annotation, with the same name; for tables, --texts names its folder",
    "convert-columns": "name them with --columns, as in start,end,text,_,type",
    "convert-row": "fix the row; --columns names the contents of each column",
    "convert-record": "fix the record, or name its fields with --field",
    "convert-decision": "write accept or reject there; for records, --field answer=NAME names the field that decides",
    "convert-empty": "name files that contain articles and labels",
    "convert-discontinuous": "annotate one continuous span, or two mentions; a mention is contiguous",
    "convert-span": "fix the offsets in the file",
    "convert-text": "fix the offsets or the text in the file; offsets are moved only if there is exactly one match",
    "convert-type": "name it in the file for --mapping, or let it be null there; `pactwire convert mapping` prints one",
    "convert-mapping": "name what the schema has; `pactwire convert mapping` prints a mapping to edit",
    "convert-value": "map one of its attributes to it, or a type that implies it; or let the schema allow null",
    "convert-tag": "fix the line, or name the columns with --column and --token",
    "convert-page": "use pages that `pactwire convert to webannotation` wrote",
    "convert-twice": "keep one of the two, or rename the file",
    "convert-draft": "name the field with the type, as in --field type=NAME, or correct the names in the source",
    "convert-split": "keep one of the two, or correct its split; --no-splits leaves out the splits of the source",
    "convert-out": "move the file elsewhere, or import with another --name or --annotator",
    "convert-unknown": "use one of the formats in docs/convert.md, or name its fields with --field",
    "convert-person": "import the annotations of one person at a time with --person, each with its own --annotator",
    "convert-ours": "import it with `pactwire label import`, which handles every layer",
    "convert-classes": "name the classes in the order of their numbers with --classes, as in O,B-PER,I-PER",
    "convert-layer": "name the layer with the mentions, as in --field spans=NAME",
    "convert-types": "put the TypeSystem.xml of the same export beside it",
    # folders that commands write to
    "export-changed": "save the change first, then move the file elsewhere, or write to another folder",
    "export-unlisted": "save any changes in them, then repeat with --adopt, or write to another folder",
    # commands that are written for some layers
    "layers-unsupported": "docs/schema.md lists what each command needs; most, such as build, agreement, diff and "
    "`convert to webannotation`, take any labels",
    # suggesting
    "suggest-layer": 'write "names": true in the x-layer of the layer whose labels are names, and x-names on the labels'
    " of its class; docs/suggest.md shows such a layer",
    "suggest-attribute": "let it be null, give it a default if it is a choice, or take it out of required",
    "suggest-secret": "set PACTWIRE_SUGGESTIONS_SECRET to a long random password, or leave out --host",
    "suggest-backend": "remove it in the project's settings under Model and run the command again, or do without these",
    "suggest-connect": "check that the Label Studio server reaches this address; for one that is not public, start that"
    " server with ML_BLOCK_LOCAL_IP=false",
    "suggest-labels": "add x-models to the labels of the class, as docs/suggest.md shows",
    "suggest-folder": "give the model another name on its server, or take these documents out of annotations/",
    "suggest-key": "set OPENAI_API_KEY, or name another endpoint with --base-url",
    "suggest-host": "if the articles may leave this machine, name the host with --send-text-to HOST",
    "suggest-request": "check the address, the model's name and the key; then run it again: answers are kept",
    "suggest-answer": "run it again, or use another model; no label was taken from this answer",
    "suggest-model": "install the model, or name a folder that contains it",
}

REMEDIES: Final = _DATA_REMEDIES | _COMMAND_REMEDIES
"""Issue code to its remedy."""
COMMAND_CODES: Final = tuple(_COMMAND_REMEDIES)
"""Codes of commands and servers, which no file of a dataset can cause."""


@dataclass(frozen=True, order=True)
class Issue:
    """One problem. ``line`` counts from 1; ``record`` names an article or label if that adds anything."""

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
        """Return ``file:line: code: message (remedy)`` on one line; quoted data can't forge a second line."""
        return escapes.terminal_line(f"{self.file}:{self.line}: {self.code}: {self.message} ({self.remedy})")

    def json(self) -> str:
        """Return the issue as one line of JSON, remedy included."""
        return escapes.escape_json(json.dumps({**asdict(self), "remedy": self.remedy}, ensure_ascii=False))


class DataError(Exception):
    """Raised for data that can't be used, with every issue found; commands print them and exit with 1."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("\n".join(issue.text() for issue in issues))
        self.issues = list(issues)
