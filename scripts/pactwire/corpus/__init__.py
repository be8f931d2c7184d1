"""The contents of a dataset's folders: articles, documents, tables, splits, the corpus of them all, its statistics."""
