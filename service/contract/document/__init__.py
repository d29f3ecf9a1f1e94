"""Builds the OpenAPI 3.1 document from the collected operations; handles no requests.

`builder` assembles the document, `schemas` writes its components. What cannot be exported truthfully raises
`ContractError`: at start-up, not in production.
May not be in this package: a request, and anything that answers one.
"""

from .builder import build_document, render

__all__ = ["build_document", "render"]
