"""What the tests of the importers share."""

from tests.py.importers.importing import importing

__all__ = ["importing"]
