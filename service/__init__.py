"""Colophon: a publishing API on Flask-RESTX with an OpenAPI 3.1 document; holds the version number only."""

__version__ = "0.7.0"
