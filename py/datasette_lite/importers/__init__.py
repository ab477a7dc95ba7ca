"""Turns files of other formats into tables of one SQLite database, `data.db`.

- `import_sources`: the way in; every source of a plan, one after another
- `import_source`: what goes in and what comes out
- `kinds`: what a file is, by its content
- `parquet_rows`: rows that JavaScript reads, in batches

and, for Datasette itself:

- `configuration`: `?metadata=` and `?config=`
- `safe_settings`: `?setting=`
"""
