"""Compares two OpenAPI documents: breaking changes, required semantic version, changelog, sunset checks.

A dict in, a list of changes out; only `releases` reads and writes files.

The rules, for what a client sends (request) and what it receives (response):

- *Values.* A schema is the set of values that it accepts; references are followed, `allOf` merged, `oneOf` and
  `anyOf` compared branch by branch. A request may accept more (addition) and not less (breaking); a response may
  promise more (addition) and not less (breaking). So a new enum value, null, a wider bound or a property that becomes
  optional is an addition in a request and breaking in a response. When old and new are swapped, so are these two.
- *Properties.* A new property is an addition, since an open object has room for it. It is breaking if a request
  requires it, or if a response had closed the object (`additionalProperties: false`). A removed property is always
  breaking. Parameters, headers and media types follow the same rule. A `default` of a request that changes its value
  is breaking: existing requests mean something else.
- *Statuses.* A removed status is breaking. A new 4xx or 5xx is an addition: clients treat an unknown one as 400 or 500
  (RFC 9110, section 15). So is a new kind of problem among the alternatives of `application/problem+json`: clients
  branch on the `code`s that they know and have a default. A new 2xx or 3xx is breaking, except 304, which is sent only
  to clients that ask for it. A new alternative of any other media type is breaking.
- *Operations.* A new operation is an addition, a removed one is breaking. Renaming a path variable changes nothing;
  changing an operationId is breaking, because generated clients use it as a name. Whoever could call the operation must
  still be able to; a further security scheme is an addition. What a webhook sends counts as a response, and what it
  expects in return as a request.
- *Deprecations.* `deprecated: true` is an addition (Semantic Versioning, rule 7). With `x-sunset: 2027-01-31` beside
  it, an operation, parameter, header or property may be removed on that day, which is breaking; before that day no
  version allows the removal, nor an earlier sunset. The headers that announce it (`x-announces-end`) come and go with
  it. What stays longer than announced breaks nothing; `expired_sunsets` lists it.
- *Descriptions.* Descriptions, examples, tags, extensions: a patch. So are links that are removed or changed.
- *Undecidable.* What is compared only as a whole (`not`, `if`, `patternProperties`, overlapping alternatives of a
  `oneOf`) is breaking when it differs. A regular expression that differs counts as both narrower and wider.

`versions` has the rules for the version number, also before 1.0.0.
"""

from .changelog import changelog
from .changes import Change, ChangeLevel
from .expired_sunsets import expired_sunsets
from .operations import compare
from .releases import ReleaseError, Releases
from .versions import Version, allowed_versions, parse, version_error

__all__ = [
    "Change",
    "ChangeLevel",
    "ReleaseError",
    "Releases",
    "Version",
    "allowed_versions",
    "changelog",
    "compare",
    "expired_sunsets",
    "parse",
    "version_error",
]
