"""A dataset's folders: articles, documents, tables and splits, the corpus that joins them, and its statistics."""
