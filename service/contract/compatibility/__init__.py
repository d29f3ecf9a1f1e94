"""What has changed between two OpenAPI 3.1 documents, for whom does it matter, and which version is due?

A dict in, a list of changes out; only `releases` touches files. Knows nothing else of the contract layer.

The rules, for what a client sends (request) and what it receives (response):

- *Values.* A schema is the set of values that it accepts; references are followed, `allOf` merged, `oneOf` and
  `anyOf` compared branch by branch. A request may take more (addition) and not less (breaking); a response may promise
  more (addition) and not less (breaking). So a new enum value, null, a wider bound, a property that may be missing:
  an addition in a request, breaking in a response. In a swap of old and new the two swap places.
- *Properties.* A new one is an addition, since an open object has room for it, and is breaking if a request needs it,
  or if a response had closed the object (`additionalProperties: false` promised that there is nothing else). One that
  is gone is breaking everywhere. Parameters, headers and media types follow: new and optional is an addition, gone is
  breaking. So is a `default` of a request that has another value: requests of old mean something else.
- *Statuses.* One that is gone is breaking. A new 4xx or 5xx is an addition: clients treat one that they do not know as
  400 or 500 (RFC 9110, section 15). So is a new kind of problem among the alternatives of `application/problem+json`:
  clients branch on the `code`s that they know and have a default. A new 2xx or 3xx is breaking, but for 304, which is
  sent only to who asks for it. Among alternatives of any other media type a new one is breaking.
- *Operations.* A new one is an addition, one that is gone is breaking. The names of a path's variables are no part of
  it. An operationId is, because generated clients are called by it. Who could call it must still be able to; further
  ways in are additions. What a webhook sends counts as a response, and what it awaits as a request.
- *Ends.* `deprecated: true` is an addition (Semantic Versioning, rule 7); with `x-sunset: 2027-01-31` beside it, on an
  operation, parameter, header or property, it may go on that day, which is breaking, and before it no version allows
  that, nor an earlier day. The headers that say so in answers (`x-announces-end`) come and go with it. What stays
  longer than announced breaks nothing; `overdue` lists it.
- *Wording.* Descriptions, examples, tags, extensions: a patch. Links are one when they go or change.
- *Doubt.* What is compared only as a whole (`not`, `if`, `patternProperties`, alternatives of a `oneOf` that overlap)
  is breaking when it differs. A regular expression that differs is taken for another set in both directions.

`versions` says what is due, also before 1.0.0.
"""

from .changelog import Release, changelog, history
from .changes import Change, Level
from .operations import compare
from .overdue import overdue
from .releases import NotReleased, Releases
from .versions import Version, complaint, parse, successors

__all__ = [
    "Change",
    "Level",
    "NotReleased",
    "Release",
    "Releases",
    "Version",
    "changelog",
    "compare",
    "complaint",
    "history",
    "overdue",
    "parse",
    "successors",
]
