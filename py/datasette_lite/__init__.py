"""Datasette Lite's Python: an ASGI server side for a browser, and Datasette configured for a plan.

`bridge` and what it imports know no application; `app` makes the Datasette one. Only `entry`
imports `js` and `pyodide`: everything else runs, and is tested, on CPython.
"""
