"""Deprecation metadata (since, sunset, successor) and the header values made from it (RFC 9745, RFC 8594)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from werkzeug.http import http_date

from .errors import ContractError

# Specification Extensions of the document: the sunset date beside `deprecated: true`, and the mark of a response header
# that comes and goes with a deprecation.
SUNSET_EXTENSION = "x-sunset"
DEPRECATION_HEADER_MARK = "x-announces-end"

ADDRESS = re.compile(r"(https?:/)?/[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+")


@dataclass(frozen=True, slots=True)
class Deprecation:
    """The deprecation of an operation, an argument or a field.

    It is deprecated from the day `since`, and may be removed on the day `sunset`, if that is known: it works until the
    end of the day before, UTC. The `successor` names the replacement: an operationId for an operation, a parameter or a
    property beside one. `info_url` is the URL of a page for people.
    """

    since: date
    sunset: date | None = None
    successor: str | None = None
    info_url: str | None = None

    def __post_init__(self) -> None:
        days = [day for day in (self.since, self.sunset) if day is not None]
        if any(isinstance(day, datetime) or not isinstance(day, date) for day in days):
            raise ContractError(f"`since` and `sunset` must be dates, not {days}")
        if days != sorted(days):
            raise ContractError(f"the sunset date {self.sunset} is before the deprecation date {self.since}")
        if self.info_url is not None and not ADDRESS.fullmatch(self.info_url):
            raise ContractError(f"{self.info_url!r} is neither an absolute URL nor a path of this server")

    @property
    def keywords(self) -> dict[str, Any]:
        """Return the keywords of the document; a comparison of two documents reads both."""
        return {"deprecated": True, **({SUNSET_EXTENSION: self.sunset.isoformat()} if self.sunset else {})}

    def described(self, description: str | None) -> str:
        """Return `description` with a sentence about the deprecation at its end."""
        instead = f"; use `{self.successor}` instead" if self.successor else ""
        removal = f" It may be removed from {self.sunset} on." if self.sunset else ""
        sentence = f"Deprecated since {self.since}{instead}.{removal}"
        return f"{description.rstrip()} {sentence}" if description else sentence


@dataclass(frozen=True, slots=True)
class DeprecatedFeature:
    """A deprecated feature that a request used: `operation`, `query word`, `body author.name`."""

    name: str
    deprecation: Deprecation


OPERATION = "operation"


def deprecation_option(declared: Any, place: str) -> Deprecation | None:
    """Return the `deprecated=` of an argument or a field; `ContractError` if it is something else."""
    if declared is None or isinstance(declared, Deprecation):
        return declared
    raise ContractError(f"{place}: deprecated={declared!r} must be a Deprecation(since=...)")


def deprecation_header_values(deprecations: Iterable[Deprecation]) -> dict[str, str]:
    """Return `Deprecation` (RFC 9745) and `Sunset` (RFC 8594): of several deprecations the earliest dates."""
    deprecations = list(deprecations)
    since = min(deprecation.since for deprecation in deprecations)
    headers = {"Deprecation": f"@{_midnight(since).timestamp():.0f}"}
    sunsets = [deprecation.sunset for deprecation in deprecations if deprecation.sunset is not None]
    if sunsets:
        headers["Sunset"] = http_date(_midnight(min(sunsets)))
    return headers


def deprecation_link_values(deprecations: Iterable[Deprecation]) -> list[str]:
    """Return the values of `Link` to the documentation pages of these deprecations."""
    relations = [
        (deprecation.info_url, relation)
        for deprecation in deprecations
        if deprecation.info_url is not None
        for relation in ("deprecation", *(["sunset"] if deprecation.sunset else []))
    ]
    return [f'<{about}>; rel="{relation}"; type="text/html"' for about, relation in dict.fromkeys(relations)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
