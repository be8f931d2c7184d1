"""Checks of documents and datasets, each of which reports issues."""
