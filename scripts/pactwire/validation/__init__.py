"""Validation of annotation documents and whole datasets; each check reports issues."""
