"""A new dataset, or what a folder lacks to be one: which files `pactwire init` writes, and which it leaves alone."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.build import features
from pactwire.card import card
from pactwire.corpus import schema_file, settings
from pactwire.corpus.guidelines import GUIDELINES_FILE
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.corpus.settings import SETTINGS_FILE
from pactwire.model import envelope, strict_json
from pactwire.model.escapes import escape_markdown
from pactwire.model.schema import AnnotationSchema
from pactwire.release import column_changes, dataset_template, first_format
from pactwire.release.changes import ADDED
from pactwire.release.dataset_template import Template
from pactwire.storage import files, generated_blocks
from pactwire.storage.staging import Staging

FIRST_SCHEMA_FILE: Final = "schema/annotation.schema.1.0.0.json"
"""Where a schema in the form of 1.0.0 is kept when one that declares layers takes its place."""
_FIRST_VERSION: Final = "0.1.0"


@dataclass(frozen=True)
class Answers:
    """What the owner of a dataset decides; ``license`` is one of the Hub's names, ``repository`` may be empty."""

    name: str
    license: str
    template: Template
    repository: str = ""


class Present(NamedTuple):
    """What of a dataset a folder has: a schema that declares layers, one of 1.0.0, articles, documents of labels."""

    schema: bool
    first_schema: Any
    articles: bool
    documents: bool

    @property
    def is_new(self) -> bool:
        """Whether the folder holds no dataset yet, so that it gets the example."""
        return not (self.schema or self.first_schema or self.articles or self.documents)

    @property
    def is_first_edition(self) -> bool:
        """Whether the folder has labels, but no declaration of them, as in 1.0.0."""
        return not self.schema and bool(self.first_schema or self.documents)


@dataclass
class Plan:
    """What is to be written, by name; which files stay as they are; and notes for the owner."""

    contents: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_present(root: Path) -> Present:
    """Return what of a dataset the folder ``root`` has; it need not exist. Raises DataError (not-json, not-utf8)."""
    path = root / SCHEMA_FILE
    declaration = files.read_json(path, SCHEMA_FILE) if path.is_file() else None
    is_first = first_format.is_first_form(declaration)
    return Present(
        schema=path.is_file() and not is_first,
        first_schema=declaration if is_first else None,
        articles=(root / "dataset/sources.jsonl").is_file() or _has_entries(root / "dataset/raw"),
        documents=any((root / "annotations").glob("*/*.json")),
    )


def _has_entries(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def plan_files(root: Path, answers: Answers, today: str, tool_version: str) -> Plan:
    """Return what the folder ``root`` lacks of a dataset. No file that is there is replaced but a schema of 1.0.0.

    A schema that lacks definitions of the tool's gets them, and settings that lack an id get one.

    Args:
        root: The folder, which need not exist.
        answers: What the owner decides.
        today: The date of the changelog's first entry, YYYY-MM-DD.
        tool_version: The version of Pactwire that a forge installs.

    Raises:
        DataError: A file that is there can't be read, or has a wrong setting.
    """
    present, plan = find_present(root), Plan()
    version = _version(root, present)
    from_template = dataset_template.template_files(answers.template)
    schema = _schema(root, present, from_template)
    values = _placeholders(answers, schema) | {"version": version, "date": today, "tool_version": tool_version}
    wanted = dataset_template.common_files(values)
    wanted[SETTINGS_FILE] = settings.set_values(wanted[SETTINGS_FILE], {"dataset": _own_settings(answers, version)})
    if not present.is_new:
        from_template = {name: from_template[name] for name in (SCHEMA_FILE, GUIDELINES_FILE)}
    for name, text in {**wanted, **from_template}.items():
        if (root / name).exists() or (root / name).is_symlink():
            plan.kept.append(name)
        elif name in wanted or not present.schema:  # the guidelines of a template are not those of another schema
            plan.contents[name] = text
    if SETTINGS_FILE in plan.kept:
        _complete_settings(root, version, plan)
    if present.first_schema:
        _replace_first_schema(root, schema, plan)
    if (completed := _completed_schema(root, present)) is not None:
        plan.kept.remove(SCHEMA_FILE)
        plan.contents[SCHEMA_FILE] = strict_json.pretty(completed)
        plan.notes.append(f"{SCHEMA_FILE} now has the tool's definitions, below your own")
    if present.is_first_edition:
        plan.notes.append(_new_columns(schema))
    return plan


def write_files(root: Path, plan: Plan) -> None:
    """Write all files of a plan as one change; the caller holds the lock of the folder."""
    with Staging(root) as staging:
        for name, text in plan.contents.items():
            staging.add(root / name, text)
        staging.publish()


def _schema(root: Path, present: Present, from_template: Mapping[str, str]) -> AnnotationSchema:
    """Return the schema that the folder has or gets."""
    if (declaration := _completed_schema(root, present)) is not None:
        return schema_file.parse_schema(declaration)
    if present.schema:
        return schema_file.read_schema(root)
    if present.first_schema:
        return schema_file.parse_schema(first_format.declaration(present.first_schema))
    return schema_file.parse_schema(json.loads(from_template[SCHEMA_FILE]))


def _completed_schema(root: Path, present: Present) -> Any:
    """Return the folder's schema with the tool's definitions that it lacks, or None if it lacks none."""
    declaration = files.read_json(root / SCHEMA_FILE, SCHEMA_FILE) if present.schema else None
    if not isinstance(declaration, dict) or declaration.get("$ref") != envelope.ENVELOPE:
        return None
    completed = envelope.completed(declaration)
    return None if completed is declaration else completed


def _placeholders(answers: Answers, schema: AnnotationSchema) -> dict[str, str]:
    """Return what stands for the placeholders of the card."""
    plots = [name for name in card.plot_names(schema) if name != card.AGREEMENT_PLOT]
    return {
        "license": answers.license,
        "pretty_name": json.dumps(answers.name, ensure_ascii=False),  # a string of JSON is one of YAML
        "heading": escape_markdown(answers.name),
        "plots": "\n\n".join(generated_blocks.empty_block(f"plot-{name}") for name in plots),
    }


def _own_settings(answers: Answers, version: str) -> dict[str, str]:
    repository = {"repository": answers.repository} if answers.repository else {}
    return {"name": answers.name, "version": version, **repository, "id": str(uuid.uuid4())}


def _version(root: Path, present: Present) -> str:
    """Return the version of the data: that of a dataset of 1.0.0 stands in ``pyproject.toml``."""
    recorded = settings.recorded_version(root) if present.is_first_edition else settings.DEFAULT_VERSION
    return _FIRST_VERSION if recorded == settings.DEFAULT_VERSION else recorded


def _complete_settings(root: Path, version: str, plan: Plan) -> None:
    """Plan to add an id, and a version that stood elsewhere, to settings that have none."""
    path = root / SETTINGS_FILE
    entries = files.read_toml(path, SETTINGS_FILE).get("dataset", {})
    values: dict[str, str] = {} if "id" in entries else {"id": str(uuid.uuid4())}
    if "version" not in entries and version == settings.recorded_version(root):
        values = {"version": version, **values}
    if values:
        plan.kept.remove(SETTINGS_FILE)
        plan.contents[SETTINGS_FILE] = settings.set_values(files.read_text(path, SETTINGS_FILE), {"dataset": values})
        plan.notes.append(f"{SETTINGS_FILE} now has {' and '.join(_described_settings(values))}")


def _described_settings(values: Mapping[str, str]) -> list[str]:
    known = {"version": f"the version of the data, {values.get('version')}", "id": "an id"}
    return [known[key] for key in values]


def _replace_first_schema(root: Path, schema: AnnotationSchema, plan: Plan) -> None:
    """Plan to declare the layers of a schema of 1.0.0, with all labels that it lists, and to keep the old file."""
    plan.kept.remove(SCHEMA_FILE)
    plan.contents[SCHEMA_FILE] = strict_json.pretty(schema.declaration)
    plan.contents[FIRST_SCHEMA_FILE] = files.read_text(root / SCHEMA_FILE, SCHEMA_FILE)
    plan.notes.append(
        f"{SCHEMA_FILE} now declares its layers, with the same labels; the old one is {FIRST_SCHEMA_FILE}"
    )


def _new_columns(schema: AnnotationSchema) -> str:
    """Return a note that names the configs and columns that the data did not have in 1.0.0."""
    now = {config: features.config_features(schema, config).to_dict() for config in features.configs(schema)}
    changes = column_changes.column_changes(first_format.features(), now)
    names = [change.name for change in changes if change.action == ADDED]
    return f"columns that 1.0.0 did not have: {', '.join(names) or 'none'}"
