"""Selects of API keys with their owners: those of one account, or for administrators of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zlib import crc32

from sqlalchemy import Connection, func, select

from service.contract.problems import Forbidden, NotFound
from service.core.api_keys import public_part
from service.core.database import read_connection
from service.core.etags import entity_tag
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.core.permissions import can_manage_accounts
from service.models.api_keys import ApiKey as ApiKeyRow
from service.models.users import User


class Owners(StrEnum):
    """Whose keys are listed."""

    ME = "me"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Owner:
    """The account that a key acts as."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret; `prefix` is how it begins."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    owner: Owner
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    etag: str


_columns = select(
    ApiKeyRow.id,
    ApiKeyRow.name,
    ApiKeyRow.scopes,
    ApiKeyRow.created_at,
    ApiKeyRow.expires_at,
    ApiKeyRow.last_used_at,
    ApiKeyRow.version,
    User.id.label("owner_id"),
    User.username,
    User.display_name,
    User.version.label("owner_version"),
).join(User, User.id == ApiKeyRow.user_id)


def list_api_keys(viewer: Identity, owners: Owners, page: PageRequest) -> OffsetPage[ApiKey]:
    """Return a page of keys, newest first: the viewer's, or everyone's. Two statements.

    Raise `Forbidden` if a viewer who is no administrator asks for everyone's.
    """
    if owners is Owners.EVERYONE and not can_manage_accounts(viewer):
        raise Forbidden
    connection = read_connection()
    conditions = () if owners is Owners.EVERYONE else (ApiKeyRow.user_id == viewer.id,)
    total = connection.scalar(select(func.count()).select_from(ApiKeyRow).where(*conditions))
    rows = connection.execute(
        _columns.where(*conditions)
        .order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.id.desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    return OffsetPage([_api_key(row) for row in rows], total or 0, page)


def get_api_key(viewer: Identity, key_id: UUID, connection: Connection | None = None) -> ApiKey:
    """Return a key as `connection` sees it, by default the autocommit one. One statement.

    Raise `NotFound` if there is none, or it is another's and the viewer no administrator.
    """
    row = (connection or read_connection()).execute(_columns.where(ApiKeyRow.id == key_id)).one_or_none()
    if row is None or not (row.owner_id == viewer.id or can_manage_accounts(viewer)):
        raise NotFound
    return _api_key(row)


def _api_key(row: Any) -> ApiKey:
    # What an edit cannot overwrite: the names of the owner, and the last use.
    variant = crc32(f"{row.owner_version} {row.last_used_at}".encode())
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=public_part(row.id),
        scopes=row.scopes,
        owner=Owner(row.owner_id, row.username, row.display_name),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        etag=entity_tag(row.version, variant=f".{variant:x}"),
    )
