"""Routes /api/mail*; what is read is in queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional_get,
    openapi_links,
    parameters,
    raises,
    response_headers,
)
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers, pagination_arguments
from service.core.permissions import can_read_mail
from service.mail import queries
from service.mail.schemas import MAIL_EXAMPLE, mail_output, mail_summary_output, ns


@ns.route("")
class Mails(Resource):
    """The mails in files."""

    @ns.doc(id="listMail")
    @ns.expect(pagination_arguments)
    @ns.marshal_list_with(mail_summary_output, description="A page of mails")
    @openapi_links(Link("getMail", "Get the newest mail.", {"mail_id": "$response.body#/0/id"}))
    @response_headers(PAGE_HEADERS)
    @raises(queries.MailNotStored)
    @authenticated(permission=can_read_mail)
    def get(self) -> Any:
        """List mail that was written to files, newest first (admins).

        409 `MAIL_NOT_STORED` if a mail server is set. A file that cannot be read as a message is left out of its page.
        """
        mails = queries.list_mail(PageRequest(parameters().page, parameters().per_page))
        return mails.items, 200, page_headers(mails)


@ns.route("/<uuid:mail_id>")
@ns.param("mail_id", "ID of the mail.", _in="path", example=MAIL_EXAMPLE)
class Mail(Resource):
    """A mail in a file."""

    @ns.doc(id="getMail")
    @ns.marshal_with(mail_output, description="The mail")
    @conditional_get
    @raises(queries.MailNotStored)
    @authenticated(permission=can_read_mail)
    def get(self, mail_id: UUID) -> Any:
        """Get a mail that was written to a file, with its headers and both parts (admins)."""
        return queries.get_mail(mail_id)
