"""Tests whose Python runs in Pyodide, under Node: the real SQLite of the browser without one."""
