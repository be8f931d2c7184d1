"""Readers and writers, one module for each external format."""
