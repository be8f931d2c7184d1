"""Authorship of annotations: which are one person's own work, and which two people worked on.

Nothing is read or written here. When somebody opens another person's annotation and presses Update, Label Studio keeps
``completed_by`` and only sets ``updated_by``. A duplicate of an annotation names it in ``parent_annotation``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pactwire.convert.formats import label_studio_tasks
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory

Annotation = dict[str, Any]


@dataclass
class AssignedWork:
    """A task's annotations by author: ``own`` lists (pseudonym, annotation) of people's own work.

    The rest is described in ``notes`` and in ``flaws``, which are (code, message). ``broken`` are the pseudonyms of
    people who did work on the article that can't be imported.
    """

    own: list[tuple[str, Annotation]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    flaws: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def assign_owners(annotations: Sequence[Annotation], who: AnnotatorDirectory) -> AssignedWork:
    """Determine whose work each of a task's annotations is."""
    work = AssignedWork()
    copies: list[tuple[str, str]] = []
    for annotation in annotations:
        owner = annotation.get("completed_by")
        name = who.pseudonym(owner)
        if message := changed_by_other(annotation, who):
            work.flaws.append(("annotation-shared", f"{message}; nothing of it is imported"))
            work.broken |= {name} if name else set()
        elif annotation.get("was_cancelled"):
            work.notes.append(f"skipped by {who.display_name(owner)}")
        elif not name:
            work.flaws.append(
                ("annotator-unmapped", f"{who.display_name(owner)} has no pseudonym; their work is not imported")
            )
        elif message := copied_from_other(annotation, annotations, who):
            copies.append((name, message))
        else:
            work.own.append((name, annotation))
    for name, message in copies:
        if any(name == author for author, _ in work.own):
            work.notes.append(f"{message}; it is not imported")
        else:
            work.flaws.append(("annotation-shared", f"{message}; nothing of it is imported"))
            work.broken.add(name)
    return work


def changed_by_other(annotation: Annotation, who: AnnotatorDirectory) -> str:
    """Describe who saved somebody else's annotation last; empty if its owner did, or if nobody is named."""
    owner, last = annotation.get("completed_by"), annotation.get("updated_by")
    if last is None or who.is_same_person(owner, last):
        return ""
    author, editor = who.display_name(owner), who.display_name(last)
    return f"the annotation {annotation.get('id')} is by {author}, but {editor} saved it last"


def copied_from_other(annotation: Annotation, annotations: Sequence[Annotation], who: AnnotatorDirectory) -> str:
    """Describe whose annotation this one was duplicated from; empty if from none, or from one's own."""
    owner = annotation.get("completed_by")
    for parent, original in label_studio_tasks.duplicate_origins(annotation, annotations):
        if original and who.is_same_person(owner, original.get("completed_by")):
            continue
        whose = f" by {who.display_name(original.get('completed_by'))}" if original else ""
        mine = f"the annotation {annotation.get('id')} by {who.display_name(owner)}"
        return f"{mine} is a duplicate of the annotation {parent}{whose}"
    return ""
