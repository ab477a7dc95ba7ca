"""A package index on the loopback address, in the place of the public one."""

from __future__ import annotations

import json

from tests.e2e.harness.data_host import Answer, DataHost
from tests.wheels import TestWheel, index_page

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


class PackageHost(DataHost):
    """A host of wheels, listed in a simple index with their metadata beside them."""

    @property
    def index(self) -> str:
        """The index's address."""
        return f"{self.origin}/simple"

    def add(self, wheel: TestWheel) -> str:
        """List a wheel as its project's only one; return its path."""
        path = f"/files/{wheel.filename}"
        page = index_page(wheel.name, {self.origin + path: wheel}, metadata=True)
        body = json.dumps(page).encode()
        self.serve(f"/simple/{wheel.name}/", Answer(body, content_type=SIMPLE_JSON))
        self.serve(f"{path}.metadata", wheel.metadata.encode())
        self.serve(path, wheel.content)
        return path
