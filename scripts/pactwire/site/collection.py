"""What the pages of a site share: headings of articles, names of links, and claims with their clusters."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from pactwire.build.article_context import ArticleContext, article_contexts
from pactwire.build.articles_rows import article_title
from pactwire.build.provenance import annotator_kind
from pactwire.corpus.corpus import Corpus
from pactwire.model.labels import document_labels
from pactwire.model.records import (
    Annotator,
    AnnotatorKind,
    Claim,
    Cluster,
    Entity,
    Status,
    annotator_rank,
)
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content

WIKIDATA: Final = "https://www.wikidata.org/wiki/"


@dataclass(frozen=True)
class ArticleHead:
    """What other pages show of an article."""

    id: str
    title: str
    language: str
    split: str
    story: str


class Party(NamedTuple):
    """A claimant, holder or target; parties with the same ``key`` are the same.

    ``words`` is the text of the mention if it differs from the name; ``kind`` is entity, claim, topic or party.
    """

    key: str
    name: str
    kind: str
    words: str = ""


class LocatedClaim(NamedTuple):
    """A claim with its article and the language of its text."""

    head: ArticleHead
    claim: Claim
    language: str

    @property
    def key(self) -> str:
        """The id of the claim across articles, ``article/claim``."""
        return f"{self.head.id}/{self.claim['id']}"


@dataclass
class Collection:
    """All articles of a dataset that are in a split, in the order of splits.csv."""

    data: Corpus
    entries: dict[str, ArticleContext] = field(default_factory=dict)
    heads: dict[str, ArticleHead] = field(default_factory=dict)

    @cached_property
    def claim_clusters(self) -> list[Cluster]:
        """The clusters of claims, in the order of their file."""
        return [cluster for _, cluster in self.data.clusters.get("claims", ())]

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        """The cluster of each clustered claim, by ``article/claim``."""
        return {member: cluster for cluster in self.claim_clusters for member in cluster["members"]}

    @cached_property
    def stories(self) -> dict[str, list[ArticleHead]]:
        """The articles of each story."""
        found: dict[str, list[ArticleHead]] = {}
        for head in self.heads.values():
            found.setdefault(head.story, []).append(head)
        return found

    @cached_property
    def _clustered(self) -> dict[str, LocatedClaim]:
        return {
            located.key: located
            for entry in self.entries.values()
            if entry.clusters
            for claim in document_labels(entry.final, "claims")
            if (located := self.locate_claim(entry, claim)).key in self.clusters
        }

    def locate_claim(self, entry: ArticleContext, claim: Claim) -> LocatedClaim:
        """Return a claim with its article, and with the language of the zone in which it starts."""
        head = self.heads[entry.article["id"]]
        zones = (zone["language"] for zone in entry.zones if zone["start"] <= claim["start"] < zone["end"])
        return LocatedClaim(head, claim, next(zones, head.language))

    def by_article(self, cluster: Cluster) -> list[list[LocatedClaim]]:
        """Return the claims of a cluster, one list per article, without articles outside the splits."""
        found: dict[str, list[LocatedClaim]] = {}
        for member in cluster["members"]:
            if member in self._clustered:
                found.setdefault(member.partition("/")[0], []).append(self._clustered[member])
        return list(found.values())

    def name(self, link: str) -> str:
        """Return the name of a link from links.tsv, or else the link."""
        known = self.data.links.get(link)
        return known.name if known else link

    def entity(self, entity: Entity) -> Party:
        """Return the party that a mention means."""
        if link := self.data.schema.layers["entities"].referent_link(entity):
            return Party(link, self.name(link), "entity", entity["text"])
        return Party(entity["text"].casefold(), entity["text"], "entity")


def build_collection(data: Corpus) -> Collection:
    """Return the collection of a valid corpus."""
    collection = Collection(data)
    for entry in article_contexts(data):
        article = entry.article
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


def provenance(schema: AnnotationSchema, entry: ArticleContext) -> list[dict[str, str]]:
    """Return the status and the kind of annotator of each layer, with their definitions."""
    statuses = {label.name: label for label in schema.envelope_labels("status")}
    kinds = {label.name: label for label in schema.envelope_labels("annotator_kind")}
    rows = []
    for layer in schema.layer_names:
        if entry.final is None or layer not in entry.final["status"]:
            rows.append({"layer": layer, "status": "not annotated", "about": "", "kind": "", "by": ""})
            continue
        status = statuses[entry.final["status"][layer]]
        kind = kinds[annotator_kind(entry.final, layer)]
        makers = sorted({name for label in document_labels(entry.final, layer) for name in label["by"]})
        rows.append(
            {"layer": layer, "status": status.title, "about": status.definition, "kind": kind.title,
             "by": ", ".join(makers)}
        )  # fmt: skip
    return rows


def provenance_summary(schema: AnnotationSchema, entries: Iterable[ArticleContext]) -> str:
    """Return one sentence on who created the labels of some articles, and whether a person has reviewed them."""
    documents = [entry.final for entry in entries if entry.final is not None]
    if not documents:
        return "Nothing is annotated yet; zones were found by rule."
    statuses = {status for document in documents for status in document["status"].values()}
    makers: dict[str, Annotator] = {}
    for document in documents:
        kinds = {each["id"]: each for each in document["annotators"]}
        for layer in schema.layer_names:
            for label in document_labels(document, layer):
                for name in label["by"]:
                    makers[name] = kinds[name]
    found = sorted({each["kind"] for each in makers.values()}, key=lambda kind: (-annotator_rank(kind), kind))
    models = sorted({each["name"] for each in makers.values() if each["kind"] == AnnotatorKind.MODEL and each["name"]})
    model = "a model" + (f" ({', '.join(models)})" if models else "")
    named: dict[str, str] = {AnnotatorKind.HUMAN: "people", AnnotatorKind.MODEL: model, AnnotatorKind.RULE: "a rule"}
    creators = " and ".join(named.get(kind, kind) for kind in found) or "an unknown annotator"
    if statuses == {Status.REVIEWED}:
        return f"The labels were created by {creators}; a person has reviewed and accepted all of them."
    if Status.REVIEWED in statuses:
        return (
            f"The labels were created by {creators}; a person has reviewed and accepted some layers of some articles."
        )
    if AnnotatorKind.HUMAN in found:
        return f"The labels were created by {creators}; a person has not reviewed all of them."
    return f"The labels were created by {creators}, and no person has reviewed them."
