"""Annotations of a task to whose work they are: one person's own, or one in which two people had a hand.

Nothing is read or written here. Label Studio keeps ``completed_by`` when somebody else opens an annotation and presses
Update, and only sets ``updated_by``; a duplicate of somebody's annotation names it in ``parent_annotation``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pactwire.convert import label_studio_tasks
from pactwire.labelstudio.annotator_ids import People

Annotation = dict[str, Any]


@dataclass
class Sorted:
    """A task's annotations: ``own`` are (pseudonym, annotation) of one person's own work, the rest is told in words.

    ``flaws`` are (code, message); ``broken`` are the pseudonyms of people of whose work on the article something can't
    be taken.
    """

    own: list[tuple[str, Annotation]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    flaws: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def sort(annotations: Sequence[Annotation], who: People) -> Sorted:
    """Return whose work each of a task's annotations is."""
    found = Sorted()
    copies: list[tuple[str, str]] = []
    for annotation in annotations:
        owner = annotation.get("completed_by")
        name = who.pseudonym(owner)
        if message := changed(annotation, who):
            found.flaws.append(("annotation-shared", f"{message}; nothing of it is taken"))
            found.broken |= {name} if name else set()
        elif annotation.get("was_cancelled"):
            found.notes.append(f"skipped by {who.called(owner)}")
        elif not name:
            found.flaws.append(("annotator-unmapped", f"{who.called(owner)} has no pseudonym; their work is not taken"))
        elif message := copied(annotation, annotations, who):
            copies.append((name, message))
        else:
            found.own.append((name, annotation))
    for name, message in copies:
        if any(name == each for each, _ in found.own):
            found.notes.append(f"{message}; it is not taken")
        else:
            found.flaws.append(("annotation-shared", f"{message}; nothing of it is taken"))
            found.broken.add(name)
    return found


def changed(annotation: Annotation, who: People) -> str:
    """Say who saved somebody else's annotation last; the empty string where its owner did or nobody is named."""
    owner, last = annotation.get("completed_by"), annotation.get("updated_by")
    if last is None or who.same(owner, last):
        return ""
    return f"the annotation {annotation.get('id')} is by {who.called(owner)}, but {who.called(last)} saved it last"


def copied(annotation: Annotation, annotations: Sequence[Annotation], who: People) -> str:
    """Say of whose annotation this one was made as a duplicate; the empty string where of none, or of one's own."""
    owner = annotation.get("completed_by")
    for parent, original in label_studio_tasks.origins(annotation, annotations):
        if original and who.same(owner, original.get("completed_by")):
            continue
        whose = f" by {who.called(original.get('completed_by'))}" if original else ""
        mine = f"the annotation {annotation.get('id')} by {who.called(owner)}"
        return f"{mine} is a duplicate of the annotation {parent}{whose}"
    return ""
