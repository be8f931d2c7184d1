"""What the pages of a site share: headings of articles, what labels refer to, and labels with their clusters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from pactwire.build.article_context import ArticleContext, article_contexts
from pactwire.corpus.article_fields import article_title
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio.pull_state import task_pages
from pactwire.model.labels import document_labels
from pactwire.model.layers import AttributeKind, Layer
from pactwire.model.records import Cluster
from pactwire.release.predicted_documents import PredictedDocuments
from pactwire.site.layer_styles import LayerStyle, layer_styles
from pactwire.text.content import Content

PREDICTIONS: Final = "predictions"
"""What pages call the annotator of predictions."""
TOPIC, PARTY, NAME, LABEL = "topic", "party", "name", "label"
"""The kinds of what is referred to."""


@dataclass(frozen=True)
class ArticleHead:
    """What other pages show of an article."""

    id: str
    title: str
    language: str
    split: str
    story: str


class Referent(NamedTuple):
    """What a reference refers to, or what a label names; those with the same ``key`` are the same.

    ``label`` is the id of the label in its article, empty for topics and parties.
    """

    key: str
    name: str
    kind: str
    label: str = ""


class LocatedLabel(NamedTuple):
    """A label with its layer's style, its article, and the language of its text."""

    head: ArticleHead
    style: LayerStyle
    label: Mapping[str, Any]
    language: str

    @property
    def key(self) -> str:
        """The id of the label across articles, ``article/label``."""
        return f"{self.head.id}/{self.label['id']}"


@dataclass
class Collection:
    """All articles of a dataset that are in a split, in the order of splits.csv.

    ``up`` is the address of the dataset root from the pages of articles, None if pages name none of its files;
    ``unpredicted`` are the attributes that predictions do not state, by layer.
    """

    data: Corpus
    up: str | None = "../.."
    unpredicted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    entries: dict[str, ArticleContext] = field(default_factory=dict)
    heads: dict[str, ArticleHead] = field(default_factory=dict)

    @cached_property
    def styles(self) -> dict[str, LayerStyle]:
        """How each layer of the schema is shown, by its name."""
        return layer_styles(self.data.schema)

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        """The cluster of each clustered label, by ``article/label``."""
        return {member: cluster for _, cluster in self.data.iter_clusters() for member in cluster["members"]}

    @cached_property
    def stories(self) -> dict[str, list[ArticleHead]]:
        """The articles of each story."""
        found: dict[str, list[ArticleHead]] = {}
        for head in self.heads.values():
            found.setdefault(head.story, []).append(head)
        return found

    @cached_property
    def neighbors(self) -> dict[str, tuple[ArticleHead | None, ArticleHead | None]]:
        """The articles before and after each article."""
        heads = list(self.heads.values())
        around = zip([None, *heads], heads, [*heads[1:], None], strict=False)
        return {head.id: (before, after) for before, head, after in around}

    @cached_property
    def tasks(self) -> dict[str, list[str]]:
        """The addresses of each article's tasks in Label Studio, as far as they are known here."""
        return task_pages(self.data.root, self.data.settings.id)

    @cached_property
    def topic_referents(self) -> dict[str, Referent]:
        """Each party of the schema and each topic, by the id that references have."""
        parties = {name: Referent(name, name, PARTY) for name in self.data.schema.parties}
        topics = self.data.topics.values()
        return parties | {topic["id"]: Referent(topic["id"], topic["title"], TOPIC) for topic in topics}

    @cached_property
    def _clustered(self) -> dict[str, LocatedLabel]:
        return {
            located.key: located
            for entry in self.entries.values()
            if entry.clusters
            for layer in self.data.schema.cluster_layers
            for label in document_labels(entry.final, layer.name)
            if (located := self._locate_label(entry, self.styles[layer.name], label)).key in self.clusters
        }

    def _locate_label(self, entry: ArticleContext, style: LayerStyle, label: Mapping[str, Any]) -> LocatedLabel:
        """Return a label with its article, and with the language of the zone in which it starts."""
        head = self.heads[entry.article["id"]]
        zones = (zone["language"] for zone in entry.zones if zone["start"] <= label["start"] < zone["end"])
        return LocatedLabel(head, style, label, next(zones, head.language))

    def by_article(self, cluster: Cluster) -> list[list[LocatedLabel]]:
        """Return the labels of a cluster, one list per article, without articles outside the splits."""
        found: dict[str, list[LocatedLabel]] = {}
        for member in cluster["members"]:
            if member in self._clustered:
                found.setdefault(member.partition("/")[0], []).append(self._clustered[member])
        return list(found.values())

    def link_name(self, link: str) -> str:
        """Return the name of a link from links.tsv, or else the link."""
        known = self.data.links.get(link)
        return known.name if known else link

    def referent(self, layer: Layer, label: Mapping[str, Any]) -> Referent:
        """Return what a label names: that of its link, or else its text as the layer's ``meaning`` says."""
        if link := layer.referent_link(label):
            return Referent(link, self.link_name(link), NAME, label["id"])
        texts = {attribute.name for attribute in layer.of_kind(AttributeKind.TEXT)} | {"text"}
        name = next((label[each] for each in layer.meaning if each in texts and label.get(each)), label["text"])
        if self.styles[layer.name].is_inline:
            return Referent(name.casefold(), name, NAME, label["id"])
        return Referent(f"{layer.name} {label['id']}", name, LABEL, label["id"])


def build_collection(data: Corpus, up: str | None = "../..", predicted: PredictedDocuments | None = None) -> Collection:
    """Return the collection of a valid corpus.

    Args:
        data: The corpus.
        up: The address of its root from the pages of articles; None if they name none of its files.
        predicted: Predictions, which take the place of the documents of annotators, under the name PREDICTIONS.
    """
    collection = Collection(data, up, predicted.unpredicted if predicted else {})
    for own in article_contexts(data):
        article = own.article
        document = predicted.documents.get(article["id"]) if predicted else None
        entry = replace(own, documents=[(PREDICTIONS, document)] if document else []) if predicted else own
        content = Content(article, entry.zones, None, data.schema.content_kinds)
        collection.entries[article["id"]] = entry
        collection.heads[article["id"]] = ArticleHead(
            id=article["id"],
            title=article_title(article, content.zones) or _first_line(article["source_text"]) or article["id"],
            language=content.main_language,
            split=entry.split,
            story=entry.story,
        )
    return collection


def _first_line(text: str) -> str:
    return next((line.strip()[:120] for line in text.split("\n") if line.strip()), "")
