"""Exceptions for declarations that are wrong in code, raised at start-up; HTTP errors are in `problems`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_restx.fields import MarshallingError


class ContractError(Exception):
    """A declaration that is wrong, found when it is compiled or when a value contradicts it."""


class ContractWarning(UserWarning):
    """What a stock declaration says and the contract layer reads in another way, or not at all."""


class Refusals:
    """Collects the declarations that are refused, so that all of them are reported at once."""

    def __init__(self) -> None:
        self._found: dict[str, ContractError] = {}

    @contextmanager
    def collect(self, where: str) -> Iterator[None]:
        """Go on behind the block if it raises `ContractError`. `where` is the source of what it compiles."""
        try:
            yield
        except ContractError as error:
            self._found.setdefault(f"{where}: {error}", error)

    def report(self) -> None:
        """Raise one `ContractError` that lists what was refused, each with its source; return if that is nothing."""
        if not self._found:
            return
        first, *others = self._found
        if not others:
            raise ContractError(first) from self._found[first]
        listed = "\n".join(f"- {refusal}" for refusal in self._found)
        raise ContractError(f"{len(self._found)} declarations are refused:\n{listed}") from self._found[first]


class MarshallingFailed(ContractError, MarshallingError):
    """A value that does not fit its declared field; can also be caught as RESTX's own error."""
