"""A validator has the component schemas that its own schema needs, however far away, and no others."""

import pytest

from service.contract.references import References
from service.contract.validation import Validator


def refer(name):
    return {"$ref": f"#/components/schemas/{name}"}


DOCUMENT = {
    "components": {
        "schemas": {
            "Post": {"type": "object", "properties": {"author": refer("User"), "replies": refer("Replies")}},
            "Replies": {"type": "array", "items": refer("Post")},
            "User": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            "Unrelated": {"anyOf": [refer("User"), {"type": "null"}]},
        }
    }
}


@pytest.mark.parametrize(
    ("part", "needed"),
    [
        (refer("Post"), {"Post", "Replies", "User"}),
        ([{"type": "array", "items": refer("User")}], {"User"}),
        (refer("User/properties/name"), {"User"}),
        ({"$ref": "#/components/headers/X-Request-ID"}, set()),
        ({"type": "object", "properties": {"$ref": {"type": "string"}}}, set()),
    ],
)
def test_what_is_needed(part, needed):
    assert References(DOCUMENT).reachable(part) == needed


def test_validators_validate_by_what_is_far_away():
    validator = Validator(refer("Post"), DOCUMENT)
    assert validator.is_valid({"replies": [{"replies": [{"author": {"name": "Ada"}}]}]})
    assert validator.messages({"replies": [{"replies": [{"author": {}}]}]}) == [
        '/replies/0/replies/0/author: "name" is a required property'
    ]


def test_a_reference_to_nothing_is_an_error():
    with pytest.raises(Exception, match="Missing"):
        Validator(refer("Missing"), DOCUMENT)
