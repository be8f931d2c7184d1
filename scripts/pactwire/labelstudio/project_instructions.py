"""Instructions of projects: kept as the dataset's guidelines are, unless people write their own.

A mark in the project's description has the digests of the guidelines that were written last and of what the server
kept, which removes what it deems unsafe.
"""

import re
from typing import Final

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import guidelines_html, projects
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.projects import Project, ProjectRecord
from pactwire.model import digests
from pactwire.model.issues import Issue

_MARK: Final = re.compile(r" ?\[guidelines:([0-9a-f]{16}):([0-9a-f]{16})\]")


def renew_project(client: Client, project: Project, data: Corpus, update: bool) -> tuple[Project, list[Issue]]:
    """Give a project the present labeling config and instructions, each unless people changed it, which is an issue.

    With ``update``, what people changed is replaced.
    """
    project, issues = projects.update_project(client, project, data, update)
    project, more = _renew_instructions(client, project, data, update)
    return project, [*issues, *more]


def _renew_instructions(client: Client, project: Project, data: Corpus, update: bool) -> tuple[Project, list[Issue]]:
    """Give a project the present guidelines as its instructions.

    Unless ``update`` is set, instructions that people wrote or changed stay, with an issue (config-edited).
    """
    wanted = guidelines_html.guidelines_html(data.root, data.schema.layers.get(project.name))
    if not wanted:
        return project, []
    mark = _MARK.search(project.description)
    digest, there = (digests.short_sha256(text, 16) for text in (wanted, project.instructions))
    if mark and mark.groups() == (digest, there):
        return project, []
    is_ours = project.instructions in ("", wanted) or (mark and mark[2] == there)
    if not is_ours and not update:
        message = f"somebody wrote the instructions of {project.title!r}, so they stay as they are"
        return project, [Issue(projects.page_url(client, project), 1, "config-edited", message)]
    path = f"api/projects/{project.id}/"
    kept = client.send("PATCH", path, {"expert_instruction": wanted}, ProjectRecord).expert_instruction or ""
    description = f"{_MARK.sub('', project.description)} [guidelines:{digest}:{digests.short_sha256(kept, 16)}]".strip()
    client.change(path, {"description": description})
    return project._replace(description=description, instructions=kept), []
