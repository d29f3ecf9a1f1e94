"""How is the text of an environment variable read? Parsers that say what they wanted instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse_many

Parser = Callable[[str], Any]

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_ORIGIN = re.compile(rf"https?://{_HOST}(?::[0-9]{{1,5}})?", re.ASCII)

_NO_FILE = {"sqlite:///", "sqlite:///:memory:"}  # memory cannot be shared by threads and processes

# Plain `postgresql` would be psycopg2, which is not what is installed; `postgres` is what hosting
# platforms write.
_POSTGRESQL = re.compile(r"postgres(?:ql)?://")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, how its text is read, and a sentence of what it is for.

    A parser raises `ValueError` with what it wants ("a whole number from 1 to 65535"). `default_text`
    says in words what the default is where it depends on other variables.
    """

    name: str
    parse: Parser
    text: str
    unit: str = ""
    default_text: str = ""
    is_secret: bool = False

    @property
    def unit_or_choices(self) -> str:
        """Return the unit, or the choices where there are few."""
        return self.unit or getattr(self.parse, "hint", "")

    def error_message(self, value: str, wanted: str) -> str:
        """Return the sentence for a value that cannot be read; a secret is never repeated."""
        shown = "has a value that cannot be used" if self.is_secret else f"is {value!r}"
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.name} {shown}; it must be {wanted}{unit}."


def one_of(*choices: str) -> Parser:
    """Read one of a few words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    parse.hint = ", ".join(choices)  # type: ignore[attr-defined]
    return parse


def integer(minimum: int, maximum: int) -> Parser:
    """Read a whole number within bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text, re.ASCII) or not minimum <= int(text) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(text)

    return parse


def seconds(text: str) -> float:
    """Read a duration from a hundredth of a second to an hour."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text, re.ASCII) or not 0.01 <= float(text) <= 3600:
        raise ValueError("a number from 0.01 to 3600")
    return float(text)


def printable_text(max_length: int) -> Parser:
    """Read printable text without spaces."""

    def parse(text: str) -> str:
        if len(text) > max_length or not re.fullmatch(r"[!-~]+", text, re.ASCII):
            raise ValueError(f"1 to {max_length} printable ASCII characters without spaces")
        return text

    return parse


def secret(min_length: int) -> Parser:
    """Read a secret, which is too easily guessed when it is short."""

    def parse(text: str) -> str:
        if len(text) < min_length:
            raise ValueError(f"at least {min_length} characters long")
        return text

    return parse


def folder(text: str) -> Path:
    """Read a path; `~` is the home folder."""
    return Path(text).expanduser()


def absolute_url(text: str) -> str:
    """Read an http(s) address with or without a path; a slash at its end is dropped."""
    address = text.rstrip("/")
    parts = urlsplit(address)
    if not _ORIGIN.fullmatch(f"{parts.scheme}://{parts.netloc}") or parts.query or parts.fragment:
        raise ValueError("an address such as https://blog.example.org")
    return address


def origins(text: str) -> tuple[str, ...]:
    """Read web origins separated by commas. `*` is refused: whoever may call is named."""
    found = tuple(origin.strip().rstrip("/").lower() for origin in text.split(",") if origin.strip())
    if not found or not all(_ORIGIN.fullmatch(origin) for origin in found):
        raise ValueError("origins such as https://blog.example.org, each named in full")
    return found


def database_address(text: str) -> str:
    """Read the address of an SQLite or PostgreSQL database; SQLite paths become absolute."""
    if text.startswith("sqlite:///") and text not in _NO_FILE:
        return f"sqlite:///{Path(text.removeprefix('sqlite:///')).absolute()}"
    address = _POSTGRESQL.sub("postgresql+psycopg://", text, count=1)
    if not address.startswith("postgresql+psycopg://"):
        raise ValueError("sqlite:////absolute/path or postgresql://user:password@host/name")
    return address


def rate_limit(text: str) -> str:
    """Read limits as Flask-Limiter writes them, several separated by semicolons."""
    try:
        parse_many(text)
    except ValueError:
        raise ValueError("limits such as `10 per minute` or `10 per minute; 100 per day`") from None
    return text
