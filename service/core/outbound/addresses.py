"""Which addresses may be connected to: those of the public internet, and the networks that the operator allows."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# Global unicast (RFC 4291, section 2.4). Everything else is local, multicast, or IPv4 in another form.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Global for Python's `is_global`, but they lead to IPv4 addresses, to relays or to nobody.
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "2001::/32",  # Teredo (RFC 4380)
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 for private use (RFC 8215)
    )
)


def is_allowed_address(address: IPAddress, allowed_networks: Sequence[IPNetwork] = ()) -> bool:
    """Tell whether a connection to `address` is allowed."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False  # a link of this machine
    if any(address.version == network.version and address in network for network in allowed_networks):
        return True
    return _is_public(address)


def parse_address(text: str) -> IPAddress:
    """Return the address that a resolver answered."""
    return ip_address(text)


def _is_public(address: IPAddress) -> bool:
    if any(address.version == network.version and address in network for network in _SPECIAL):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
