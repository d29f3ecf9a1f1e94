"""Contract layer: a Flask-RESTX `Api` that validates requests and responses by its OpenAPI 3.1 document.

RESTX stays the language of declaration; this package replaces the engine underneath, on top of the unmodified
package. Declare with `fields` and `reqparse` of `flask_restx`, and with `Namespace` and `Resource` from here; then
what is declared is enforced, and what is sent is declared: an OpenAPI 3.1 document, validation, parsing, security,
compiled marshalling, and RFC 9457 problems for every error.

A namespace written for stock RESTX is added unchanged. The package imports nothing else of the service and may not:
what an application knows (accounts, a database, rate limits) is passed to `Api`.

So the folder works in any application: copy it beside yours under a name of your choice, and write
`from contract import Api` in place of `from flask_restx import Api`. It needs flask-restx, orjson and jsonschema-rs;
`pages` needs brotli and flask-swagger-ui too. README.md in this folder is the guide.
"""

from .api import Api
from .decorators import (
    Link,
    accepts_idempotency_key,
    accepts_if_match,
    annotated,
    authenticated,
    body_limit,
    body_optional,
    conditional_get,
    conditional_get_by,
    deprecated,
    no_database,
    openapi_links,
    optional_auth,
    optional_auth_or_api_key,
    produces,
    produces_events,
    public,
    raises,
    rate_limited,
    request_example,
    requires_if_match,
    response_example,
    response_headers,
)
from .deprecation import Deprecation
from .deprecation_notices import DeprecatedUse
from .errors import ContractError
from .file_receiver import FileReceiver
from .namespace import Namespace, Resource
from .problems import (
    Conflict,
    Forbidden,
    InputError,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from .security import SecurityScheme
from .validated_request import IfMatch, current_identity, if_match, parameters, payload, set_current_identity

__all__ = [
    "Api",
    "Conflict",
    "ContractError",
    "DeprecatedUse",
    "Deprecation",
    "FileReceiver",
    "Forbidden",
    "IfMatch",
    "InputError",
    "InvalidInput",
    "Link",
    "Namespace",
    "NotFound",
    "PreconditionFailed",
    "Problem",
    "Resource",
    "SecurityScheme",
    "ServiceUnavailable",
    "TooManyRequests",
    "Unauthorized",
    "accepts_idempotency_key",
    "accepts_if_match",
    "annotated",
    "authenticated",
    "body_limit",
    "body_optional",
    "conditional_get",
    "conditional_get_by",
    "current_identity",
    "deprecated",
    "if_match",
    "no_database",
    "openapi_links",
    "optional_auth",
    "optional_auth_or_api_key",
    "parameters",
    "payload",
    "produces",
    "produces_events",
    "public",
    "raises",
    "rate_limited",
    "request_example",
    "requires_if_match",
    "response_example",
    "response_headers",
    "set_current_identity",
]
