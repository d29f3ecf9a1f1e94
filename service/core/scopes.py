"""The scopes of API keys: what a key may do of what its owner may do. Operations require them by `scope=`.

An operation without a scope accepts no key: what concerns accounts, passwords, sessions and keys is for people.
"""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "posts:read": "Read posts, with the drafts and the trash that the owner can see, and the dashboard.",
    "posts:write": "Create, change, publish and delete posts.",
    "comments:read": "Read comments, with those in moderation that the owner can see.",
    "comments:write": "Write, change, moderate and delete comments.",
    "tags:read": "Read tags.",
    "tags:write": "Create, rename, merge and delete tags.",
    "media:read": "Read media and their details.",
    "media:write": "Upload, change and delete media.",
    "users:read": "Read the owner's account and the list of users.",
    "jobs:read": "Follow background jobs.",
    "jobs:write": "Run, repeat and cancel background jobs.",
    "webhooks:read": "Read webhooks and what was sent to them.",
    "webhooks:write": "Change, test and delete webhooks, and send deliveries again.",
    "imports:read": "Read imports.",
    "imports:write": "Import posts, and delete imports.",
    "exports:read": "Read and download exports.",
    "exports:write": "Export all posts, and delete exports.",
    "audit:read": "Read and export the audit log.",
}
