"""Text to offsets, zones, content, tokens, sentences, tags and languages; nothing here knows of a dataset's files."""
