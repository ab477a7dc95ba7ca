"""What the end-to-end tests stand on: hosts, databases, browsers and a native Datasette."""
