"""Label Studio: labeling configs, tasks, results, the server, push, pull and adjudication.

`encode` and `decode` belong to the public API: an article to a task, and a task to a document. They are provisional.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pactwire.labelstudio.article_tasks import LabelingTask as LabelingTask
    from pactwire.labelstudio.article_tasks import decode as decode
    from pactwire.labelstudio.article_tasks import encode as encode

__all__ = ["LabelingTask", "decode", "encode"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("pactwire.labelstudio.article_tasks"), name)
    raise AttributeError(f"module 'pactwire.labelstudio' has no attribute {name!r}")
