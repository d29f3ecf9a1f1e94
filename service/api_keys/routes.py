"""Routes /api/api-keys*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.api_keys import actions, queries
from service.api_keys.schemas import (
    API_KEY_EXAMPLE,
    api_key_input,
    api_key_output,
    changes_input,
    created_output,
    list_arguments,
    ns,
)
from service.auth.schemas import NO_STORE
from service.contract import (
    Forbidden,
    Link,
    Resource,
    accepts_if_match,
    authenticated,
    conditional_get,
    if_match,
    openapi_links,
    parameters,
    payload,
    raises,
    response_example,
    response_headers,
)
from service.core.authorization import owner_or
from service.core.identity import current_user
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers
from service.core.permissions import can_manage_accounts
from service.core.step_up import StepUpRequired

_THE_KEY = {"key_id": "$response.body#/id"}
_GET = Link("getApiKey", "Get the API key.", _THE_KEY)
_RENAME = Link("updateApiKey", "Rename the API key.", _THE_KEY)
_REVOKE = Link("revokeApiKey", "Revoke the API key.", _THE_KEY)


@ns.route("")
class ApiKeys(Resource):
    """The collection of API keys."""

    @ns.doc(id="listApiKeys")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(api_key_output, description="A page of API keys")
    @openapi_links(Link("getApiKey", "Get the newest API key.", {"key_id": "$response.body#/0/id"}))
    @response_headers(PAGE_HEADERS)
    @raises(Forbidden)
    @authenticated()
    @owner_or(can_manage_accounts)
    def get(self) -> Any:
        """List your API keys, newest first, or everyone's (admins). Expired ones are listed until they are revoked."""
        arguments = parameters()
        page = PageRequest(arguments.page, arguments.per_page)
        keys = queries.list_api_keys(current_user(), arguments.owner, page)
        return keys.items, 200, page_headers(keys)

    @ns.doc(id="createApiKey")
    @ns.expect(api_key_input)
    @ns.marshal_with(created_output, code=201, description="The API key, which is shown here only")
    @response_example(last_used_at=None)
    @openapi_links(_GET, _RENAME, _REVOKE)
    @response_headers(NO_STORE)
    @raises(StepUpRequired, actions.ApiKeyLifetimeTooLong, actions.TooManyApiKeys)
    @authenticated()
    def post(self) -> Any:
        """Create an API key, with which a service can call the API as you, limited by scopes.

        Needs a login or step-up a short time ago. The key is shown in this response only; you are told of it by mail.
        It does what your role allows, whatever its scopes, and stops with your account.
        """
        key = actions.create_api_key(current_user(), **payload())
        return key, 201, {"Cache-Control": "no-store", "Location": f"/api/api-keys/{key.id}"}


@ns.route("/<uuid:key_id>")
@ns.doc(params={"key_id": {"description": "ID of the API key.", "example": API_KEY_EXAMPLE}})
class OneApiKey(Resource):
    """An API key."""

    @ns.doc(id="getApiKey")
    @ns.marshal_with(api_key_output, description="The API key")
    @openapi_links(_RENAME, _REVOKE)
    @conditional_get
    @authenticated()
    @owner_or(can_manage_accounts)
    def get(self, key_id: UUID) -> Any:
        """Get one of your API keys; administrators can get those of others."""
        return queries.get_api_key(current_user(), key_id)

    @ns.doc(id="updateApiKey")
    @ns.expect(changes_input)
    @ns.marshal_with(api_key_output, description="The renamed API key")
    @openapi_links(_GET, _REVOKE)
    @accepts_if_match
    @authenticated()
    @owner_or(can_manage_accounts)
    def patch(self, key_id: UUID) -> Any:
        """Rename one of your API keys; administrators can rename those of others. Its scopes never change."""
        return actions.rename_api_key(current_user(), key_id, if_match(), **payload())

    @ns.doc(id="revokeApiKey")
    @ns.response(204, "The API key was revoked")
    @accepts_if_match
    @authenticated()
    @owner_or(can_manage_accounts)
    def delete(self, key_id: UUID) -> Any:
        """Revoke one of your API keys, as administrator anyone's. It is refused from now on."""
        actions.revoke_api_key(current_user(), key_id, if_match())
        return "", 204
