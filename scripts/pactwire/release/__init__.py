"""Releases: what changed between versions, the version rule, the Hub, and releases without their texts."""
