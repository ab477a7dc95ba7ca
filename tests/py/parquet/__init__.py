"""The reader of Parquet files, run in Node, against Arrow's."""
