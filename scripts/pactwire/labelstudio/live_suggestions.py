"""Live suggestions: when a person marks a name, its other occurrences in the article, as results of Label Studio.

They are made from a request of the page alone, and from the dataset's schema and links; no document of the dataset is
read. Of the request they use the task's data, the context, which holds the person's regions with the same label as the
one they drew, and what tells which names are labeled already: the person's own unsent edits, else the draft that the
page starts from. Annotations, which are anybody's, are never looked at.

Seen in Label Studio 1.23.2, in Chromium:

- The switch "Auto-Annotation" below the text is there if a project has an interactive backend. It is off until a person
  switches it on; the browser remembers that. Every control is ``smart`` unless the labeling config says otherwise.
- Drawing a region sends all regions with its label, in the order of their creation, so that the new one is the last.
  Changes of a label, a boundary or a text field do so too, by the page's code; deleting and undoing send nothing.
- Regions of a text have no pending state, which only images have: suggestions become regions at once. Undo takes back
  the drawn region and its suggestions in one step. In the list they have the sign of drafted regions.
- Ids, meta and the origin ``prediction`` of suggestions are those of the submitted results.
- ``drafts`` in the request are those of the person who drew.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import encoder, schema_mapping
from pactwire.labelstudio.decoder import NEW, DecodedLabel, decode_labels
from pactwire.labelstudio.prediction_provenance import CURRENT_VERSION, sign_suggestions
from pactwire.model.records import Annotator, AnnotatorKind, Span
from pactwire.model.schema import AnnotationSchema
from pactwire.suggest.drafts import Suggester
from pactwire.suggest.lexicon import learn_names
from pactwire.suggest.name_layer import NameLayer, name_layer
from pactwire.suggest.occurrences import MarkedName, find_occurrences
from pactwire.text import languages, offsets

SUGGESTER: Final = Annotator(id="same-words", kind=AnnotatorKind.RULE, name="pactwire label suggestions", version="1")
"""The annotator of suggestions; its version changes whenever the same request would get others."""

MAX_REMEMBERED: Final = 100_000
"""Regions of which it is remembered that their suggestions were given."""

MANUAL: Final = "manual"
"""``origin`` of a region that a person drew."""


class _NamedRegion(NamedTuple):
    """A region that labels a name, over the text of the task."""

    id: str
    name: MarkedName
    is_drawn: bool


class LiveSuggestions:
    """Suggests the other occurrences of names, once for each region that a person draws."""

    def __init__(self, schema: AnnotationSchema, links: Mapping[str, LinkRow]) -> None:
        self.schema = schema
        self.layer = name_layer(schema)
        self._suggester = Suggester(learn_names([], links, self.layer), links) if self.layer else None
        self._given: OrderedDict[tuple[str, str], None] = OrderedDict()

    def suggest(self, task: Any, context: Any) -> list[dict[str, Any]]:
        """Return the results that suggest the other occurrences of the name that was drawn last.

        Args:
            task: The task as the server sends it: ``data``, and perhaps ``drafts`` and ``predictions``.
            context: The ``result`` of the request's context: regions with one label.

        Returns:
            Results as in a draft, by position; empty where nothing was drawn, or nothing is to be suggested.
        """
        data = task.get("data")
        if (layer := self._shown_layer(data)) is None or self._suggester is None:
            return []
        own = [each["result"] for each in _dicts(task.get("drafts")) if "result" in each]
        shown = [each.get("result") for each in _dicts(task.get("predictions")) if _is_start(each)]
        group = list(self._named_regions(layer, context, data))
        others = [each for results in own or shown for each in self._named_regions(layer, results, data)]
        if not (drawn := self._newly_drawn(task.get("id"), group, {each.id for each in others} if own else set())):
            return []
        text, language = data["text"], languages.identify(data["text"])[0]
        blocks = [(each["content"], each["content"] + each["length"]) for each in data["segments"]]
        labeled = [each.name for each in (*group, *others) if each.id != drawn.id]
        found = find_occurrences(text, blocks, language, drawn.name, self._suggester, labeled)
        labels = []
        for each in found:
            if place := offsets.to_source(data["segments"], each.start, each.end):
                span = Span(start=place[0], end=place[1], text=text[each.start : each.end])
                name = f"{layer.layer.prefix}-{drawn.id}-{each.start}"
                labels.append({"id": name, **layer.label(span, each.reading, SUGGESTER["id"])})
        document: Any = {"article": str(data.get("article")), layer.name: labels}
        results = encoder.encode_results(self.schema, document, data["segments"], text, data["project"])
        return sign_suggestions(results, SUGGESTER)

    def _shown_layer(self, data: Any) -> NameLayer | None:
        """Return the layer of names if a task shows it."""
        if self.layer is None or not isinstance(data, dict):
            return None
        if data.get("project") not in schema_mapping.labeling_projects(self.schema):
            return None
        shown = schema_mapping.project_mapping(self.schema, data["project"]).layers
        return self.layer if self.layer.name in shown else None

    def _named_regions(self, layer: NameLayer, results: Any, data: Any) -> Iterator[_NamedRegion]:
        """Yield the names that results label."""
        origins = {str(each.get("id")): each.get("origin") for each in _dicts(results)}
        for region, decoded in decode_labels(self.schema, results, data, data["project"]).items():
            if decoded.layer == layer.name and (name := _marked_name(layer, decoded, data["segments"])):
                yield _NamedRegion(region, name, decoded.state == NEW and origins.get(region) == MANUAL)

    def _newly_drawn(self, task: Any, group: Sequence[_NamedRegion], saved: set[str]) -> _NamedRegion | None:
        """Return the last region if a person just drew it; later requests about it get nothing again."""
        if not group or not group[-1].is_drawn or group[-1].id in saved:
            return None
        key = str(task), group[-1].id
        if key in self._given:
            return None
        self._given[key] = None
        if len(self._given) > MAX_REMEMBERED:
            self._given.popitem(last=False)
        return group[-1]


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []


def _is_start(prediction: Mapping[str, Any]) -> bool:
    return prediction.get("model_version") == CURRENT_VERSION


def _marked_name(layer: NameLayer, decoded: DecodedLabel, segments: Any) -> MarkedName | None:
    label = decoded.label
    place = offsets.to_content(segments, label["start"], label["end"])
    if place is None:
        return None
    form = label.get(layer.form.name) if layer.form else None
    chosen = form if form != layer.blank_reading(None).form else None  # the page sends no choice of the default either
    return MarkedName(*place, label.get(layer.class_attribute.name), chosen, layer.link_of(label))
