"""Articles as people have them (text, HTML, JSONL, Parquet, WARC) to articles of a dataset."""
