"""Exceptions for declarations that are wrong in code, raised at start-up; HTTP errors are in `problems`."""

from __future__ import annotations

from flask_restx.fields import MarshallingError


class ContractError(Exception):
    """A declaration that is wrong, found when it is compiled or when a value contradicts it."""


class MarshallingFailed(ContractError, MarshallingError):
    """A value that does not fit its declared field; can also be caught as RESTX's own error."""
