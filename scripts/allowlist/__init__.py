"""The list of verified plugins, plugins-allowlist.json: reading, checking and extending it."""
