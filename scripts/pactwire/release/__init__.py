"""Releases: differences between versions, the version rule, publishing to the Hub, and releases without texts."""
