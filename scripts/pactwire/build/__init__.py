"""The rows of each config, their shards and Parquet files, the build cache and the manifest."""
