"""What can go wrong with a request to another server. The messages are for whoever entered the URL."""

from __future__ import annotations


class FetchError(Exception):
    """The request was not made, or there is no whole response; `code` is stable, for logs and delivery records."""

    code = "FETCH_FAILED"


class UrlRefused(FetchError):
    """The URL is not one that is fetched."""

    code = "URL_REFUSED"


class NameNotResolved(FetchError):
    """The host name has no address."""

    code = "NAME_NOT_RESOLVED"


class AddressRefused(FetchError):
    """The host is inside: one of its addresses is not public, and the operator has not allowed its network."""

    code = "ADDRESS_REFUSED"


class ConnectFailed(FetchError):
    """No connection could be made, or it broke off."""

    code = "CONNECT_FAILED"


class TlsFailed(FetchError):
    """The certificate is not valid for the host, or no protocol was agreed upon."""

    code = "TLS_FAILED"


class FetchTimedOut(FetchError):
    """The whole response was not there in time."""

    code = "TIMED_OUT"


class ResponseInvalid(FetchError):
    """The response is not HTTP."""

    code = "RESPONSE_INVALID"


class ResponseTooLarge(FetchError):
    """The response is larger than what is read."""

    code = "RESPONSE_TOO_LARGE"


class ResponseEncoded(FetchError):
    """The response is compressed although the request asked for none: a small one could unpack to any size."""

    code = "RESPONSE_ENCODED"


class TooManyRedirects(FetchError):
    """The response redirects more often than is followed."""

    code = "TOO_MANY_REDIRECTS"
