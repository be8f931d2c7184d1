"""docs/schema.md is right: its schema can be used, and it lists every keyword and every issue."""

import json
import re
from pathlib import Path

from pactwire.model import issues
from pactwire.model.json_schemas import tool_schema
from pactwire.model.schema import AnnotationSchema, AttributeKind
from pactwire.model.schema_flaws import schema_flaws


def page(checkout: Path) -> str:
    """Return the page."""
    return (checkout / "docs/schema.md").read_text(encoding="utf-8")


def test_the_schema_on_the_page_can_be_used(checkout: Path) -> None:
    """With the envelope in its place it has no flaw, and declares what the page says."""
    declaration = json.loads(page(checkout).partition("```json\n")[2].partition("```")[0])
    declaration["$defs"] = tool_schema("envelope")["$defs"]
    assert schema_flaws(declaration) == []
    schema = AnnotationSchema(declaration)
    assert [(layer.name, layer.config, layer.rows) for layer in schema.layers.values()] == [
        ("drugs", "drugs", "tokens"), ("subject", "subject", "articles"),
    ]  # fmt: skip
    assert schema.layers["drugs"].attribute("dose").is_nullable


def test_the_document_on_the_page_is_valid(checkout: Path) -> None:
    """It is a document of the schema on the page, but for the digest, which stands for one."""
    schema, document = (json.loads(part.partition("```")[0]) for part in page(checkout).split("```json\n")[1:3])
    schema["$defs"] = tool_schema("envelope")["$defs"]
    document["text_sha256"] = "0" * 64
    assert AnnotationSchema(schema).explain(document) == []
    assert set(document["status"]) == {"drugs", "subject"}


def test_the_page_lists_every_keyword_and_every_issue(checkout: Path) -> None:
    """Each key of x-layer and x-attribute, each kind, and each issue of a schema is in a table."""
    text = page(checkout).partition("## `x-layer`")[2]
    listed = set(re.findall(r"[`\"]([a-z-]+)[`\"]", text))
    definitions = tool_schema("declaration.schema")["$defs"]
    kinds = set(AttributeKind)
    assert kinds <= listed and kinds <= definitions.keys()
    for name in ("layer", "clusters", "candidates", "derived", *kinds):
        assert set(definitions[name].get("properties", {})) - {"kind"} <= listed, name
    codes = {code for code in issues.REMEDIES if code.startswith("schema-")}
    assert codes and codes <= listed
