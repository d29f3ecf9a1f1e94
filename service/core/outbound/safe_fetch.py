"""`safe_fetch`, the guarded way out: requests to URLs that people have entered never reach what is inside.

Only http and https, only allowed ports, no user name in the URL. The host is resolved once, every answer is checked,
and the connection goes to that very address, with the host's name in `Host` and SNI. No redirect is followed unless
asked for, and each is checked anew. Time and size are bounded, and nothing is decompressed. The proxies that the
environment names are not used.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import httpcore

from service import __version__
from service.config import settings
from service.core.outbound.connections import CheckedBackend, Deadline
from service.core.outbound.errors import (
    FetchError,
    ResponseEncoded,
    ResponseInvalid,
    ResponseTooLarge,
    TooManyRedirects,
    UrlRefused,
)

DEFAULT_PORTS = {"http": 80, "https": 443}
URL_MAX = 2_000
_REDIRECTS = {301, 302, 303, 307, 308}
# RFC 3986, without what is percent-encoded there and without spaces, quotes and backslashes, which programs read in
# different ways.
_URL_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
)


@dataclass(frozen=True, slots=True)
class FetchedResponse:
    """A response; header names are in lower case, of headers with one name the last counts."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


def check_url(url: str, *, trusted: bool = False) -> None:
    """Raise `UrlRefused` for a URL that `safe_fetch` would refuse whatever its host resolves to."""
    if len(url) > URL_MAX or not _URL_CHARACTERS.issuperset(url):
        raise UrlRefused(f"The URL must consist of at most {URL_MAX} ASCII characters, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused("The URL is malformed.") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise UrlRefused("The URL must begin with https:// or http://.")
    if not parts.hostname:
        raise UrlRefused("The URL has no host.")
    if "@" in parts.netloc:
        raise UrlRefused("The URL must not contain a user name or password.")
    if "%" in parts.netloc:
        raise UrlRefused("The host of the URL must not be percent-encoded.")
    if (
        not trusted
        and (DEFAULT_PORTS[parts.scheme] if port is None else port) not in settings().outbound_ports
    ):
        allowed = ", ".join(map(str, settings().outbound_ports))
        raise UrlRefused(f"The port of the URL must be one of {allowed}.")


def safe_fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    timeout_s: float = 10.0,
    max_bytes: int = 1_048_576,
    cut: bool = False,
    max_redirects: int = 0,
    trusted: bool = False,
    into: BinaryIO | None = None,
) -> FetchedResponse:
    """Send a request and return the response, whatever its status.

    `timeout_s` bounds all of it, from the resolution of the name to the last byte. A body of more than `max_bytes` is
    an error, with `cut` its beginning is returned. With `max_redirects` redirects of a GET are followed, each checked
    as the URL itself. `trusted` is for URLs of the settings, which may be inside: neither port nor address is checked.
    The body of a success is written `into` a file, if one is given, as it arrives; that of the response is empty then.

    Raise `UrlRefused`, `AddressRefused`, `NameNotResolved`, `ConnectFailed`, `TlsFailed`, `FetchTimedOut`,
    `ResponseInvalid`, `ResponseTooLarge`, `ResponseEncoded`, `TooManyRedirects`: all are `FetchError`.
    """
    deadline = Deadline(timeout_s)
    networks = None if trusted else settings().outbound_networks
    given = {name.lower(): value for name, value in (headers or {}).items()}
    for _ in range(max_redirects + 1):
        check_url(url, trusted=trusted)
        backend = CheckedBackend(deadline, networks)
        response = _send(method, url, given, content, backend, max_bytes=max_bytes, cut=cut, into=into)
        location = response.headers.get("location")
        if not max_redirects or method != "GET" or response.status not in _REDIRECTS or location is None:
            return response
        target = urljoin(url, location)
        if urlsplit(target)[:2] != urlsplit(url)[:2]:
            given.pop("authorization", None)
        url = target
    raise TooManyRedirects(f"The server redirects more than {max_redirects} times.")


def _send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    backend: CheckedBackend,
    *,
    max_bytes: int,
    cut: bool,
    into: BinaryIO | None,
) -> FetchedResponse:
    sent = {"user-agent": f"Colophon/{__version__}", "accept-encoding": "identity", **headers}
    with httpcore.ConnectionPool(
        ssl_context=_tls(), network_backend=backend, max_keepalive_connections=0
    ) as pool:
        try:
            with pool.stream(method, url, headers=list(sent.items()), content=content) as response:
                return _read(url, response, max_bytes=max_bytes, cut=cut, into=into)
        except FetchError:
            raise
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpcore.NetworkError) as error:
            raise ResponseInvalid("The response is not valid HTTP.") from error


def _read(
    url: str, response: httpcore.Response, *, max_bytes: int, cut: bool, into: BinaryIO | None
) -> FetchedResponse:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    if into is not None and 200 <= response.status < 300:
        return _write(url, response, headers, max_bytes=max_bytes, into=into)
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > max_bytes:
            if not cut:
                raise ResponseTooLarge(f"The response has more than {max_bytes} bytes.")
            return FetchedResponse(url, response.status, headers, bytes(body[:max_bytes]), is_cut=True)
    if body and not cut:
        _refuse_encoded(headers)
    return FetchedResponse(url, response.status, headers, bytes(body))


def _write(
    url: str, response: httpcore.Response, headers: Mapping[str, str], *, max_bytes: int, into: BinaryIO
) -> FetchedResponse:
    _refuse_encoded(headers)
    size = 0
    for chunk in response.iter_stream():
        size += len(chunk)
        if size > max_bytes:
            raise ResponseTooLarge(f"The response has more than {max_bytes} bytes.")
        into.write(chunk)
    return FetchedResponse(url, response.status, headers, b"")


def _refuse_encoded(headers: Mapping[str, str]) -> None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise ResponseEncoded("The response is compressed although none was asked for.")


@cache
def _tls() -> ssl.SSLContext:
    """Return the context of all connections: the certificates of the system, TLS 1.2 and later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
