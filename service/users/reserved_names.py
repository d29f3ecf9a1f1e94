"""Usernames that cannot be registered: they could be mistaken for the service or for a part of its URLs."""

from __future__ import annotations

from service.models.casefolding import casefold

# fmt: off
RESERVED = frozenset((
    "about", "account", "admin", "administrator", "anonymous", "api", "archive", "auth", "author", "authors",
    "blog", "colophon", "comments", "contact", "dashboard", "deleted", "editor", "everyone", "feed", "feeds",
    "guest", "health", "help", "hostmaster", "info", "login", "logout", "mail", "media", "moderator", "news",
    "nobody", "none", "noreply", "null", "official", "openapi", "owner", "postmaster", "posts", "privacy",
    "register", "root", "search", "security", "settings", "signup", "staff", "static", "status", "support",
    "swagger", "system", "tags", "terms", "undefined", "user", "users", "webmaster", "www",
))
# fmt: on


def is_reserved(username: str) -> bool:
    """Return whether the username is reserved, ignoring case."""
    return casefold(username) in RESERVED
