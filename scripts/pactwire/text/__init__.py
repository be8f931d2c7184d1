"""Offsets, zones, content, tokens, sentences, tags and languages of a text; nothing here knows a dataset's files."""
