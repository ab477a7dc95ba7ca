"""Plugins that a link asks for: which wheels they are, and bringing them to Datasette."""
