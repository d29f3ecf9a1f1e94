"""SQLAlchemy models of all tables; imports only `service.extensions`, no feature and no Flask.

One module per table; each is imported here, so that `import service.models` completes the metadata.
"""

from service.models.api_keys import ApiKey
from service.models.audit import AuditChainEnd, AuditCheckpoint, AuditEntry
from service.models.comments import Comment
from service.models.exports import Export
from service.models.idempotency_keys import IdempotencyKey
from service.models.imports import Import, ImportItem
from service.models.invitations import Invitation
from service.models.items import Item
from service.models.jobs import Job
from service.models.known_addresses import KnownAddress
from service.models.media import FormerMediaName, Media, MediaUse, Rendition, StoredFile
from service.models.passkeys import Passkey
from service.models.posts import Post, PostSlug, Redirect
from service.models.second_factors import RecoveryCode, SecondFactor
from service.models.sessions import RefreshToken, Session
from service.models.single_use_links import SingleUseLink
from service.models.tags import PostTag, Tag
from service.models.users import User
from service.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiKey",
    "AuditChainEnd",
    "AuditCheckpoint",
    "AuditEntry",
    "Comment",
    "Export",
    "FormerMediaName",
    "IdempotencyKey",
    "Import",
    "ImportItem",
    "Invitation",
    "Item",
    "Job",
    "KnownAddress",
    "Media",
    "MediaUse",
    "Passkey",
    "Post",
    "PostSlug",
    "PostTag",
    "RecoveryCode",
    "Redirect",
    "RefreshToken",
    "Rendition",
    "SecondFactor",
    "Session",
    "SingleUseLink",
    "StoredFile",
    "Tag",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
