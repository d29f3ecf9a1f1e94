"""Takes the client's address from `X-Forwarded-For` where a trusted proxy has written it; other headers are ignored."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from service.config.variables import IPNetwork


def trust_proxies(app: WSGIApplication, trusted: int | tuple[IPNetwork, ...]) -> WSGIApplication:
    """Return `app` behind as many proxies, or behind any chain of proxies with addresses in these networks.

    X-Forwarded-Host is ignored: links are built from PUBLIC_URL only.
    """
    if isinstance(trusted, int):
        return ProxyFix(app, x_for=trusted, x_proto=trusted, x_host=0) if trusted else app
    return TrustedNetworks(app, trusted)


class TrustedNetworks:
    """Applies `X-Forwarded-For` and `X-Forwarded-Proto` of requests that a proxy in one of the networks has sent.

    The client is the last address of the chain that is not in the networks. Whoever else connects is the client,
    whatever headers it sends.
    """

    def __init__(self, app: WSGIApplication, networks: tuple[IPNetwork, ...]) -> None:
        self._app = app
        self._networks = networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the application with the client's address as REMOTE_ADDR."""
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            chain = parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", ""))
            hops = 1
            while hops < len(chain) and self._is_trusted(chain[-hops]):
                hops += 1
            return ProxyFix(self._app, x_for=hops, x_proto=1, x_host=0)(environ, start_response)
        return self._app(environ, start_response)

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in network for network in self._networks)
