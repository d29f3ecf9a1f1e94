"""The pattern of a URL of a page: `http` or `https`, with a host."""

from __future__ import annotations

from service.contract.types import with_error

# RFC 3986, limited to http and https with a host. There is no `format: uri` beside the pattern: test data generators
# would generate URIs of any scheme and discard nearly all of them.
_HOST = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
_PART = "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_REST = "([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
HTTP_URL = with_error(
    rf"^https?://{_HOST}(/{_PART})?(\?{_REST})?(#{_REST})?$",
    "It must be a URL such as https://blog.example.org/page; other characters must be percent-encoded.",
)
