"""Colophon: a self-documenting OpenAPI service on Flask-RESTX."""

__version__ = "0.1.0"
