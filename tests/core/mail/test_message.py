"""Headers of a message: stable where it is repeated, and nothing that a name or an address could add to them."""

from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from uuid import UUID

import pytest

from service.config import load_settings
from service.core.mail.message import AddressInvalid, Recipient, build_message, check_address
from service.core.mail.templates import Content
from service.models.base import utcnow

ID = UUID("01a22786-3310-7137-8d61-f0667b81d6ea")
SETTINGS = load_settings("testing", {"MAIL_FROM": "The Blog <blog@example.com>"})
LONG_URL = f"https://blog.example.org/api/unsubscribe/{'x' * 150}"


def sent(subject="Hello", recipient=None, **options):
    """Return the message as a mail client reads it."""
    recipient = recipient or Recipient("ada@example.org", "Ada")
    message = build_message(Content(subject, "Text\n", "<p>Text</p>"), recipient, ID, SETTINGS, **options)
    return message_from_bytes(message.as_bytes(), policy=default)


class TestHeaders:
    def test_say_that_no_person_wrote_it(self):
        message = sent()
        assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")

    def test_a_repeated_message_is_recognized(self):
        assert sent()["Message-ID"] == sent()["Message-ID"] == f"<{ID}@example.com>"

    def test_date_is_now_with_a_time_zone(self):
        assert abs((parsedate_to_datetime(sent()["Date"]) - utcnow()).total_seconds()) < 60

    def test_unsubscribing_takes_one_click(self):
        message = build_message(
            Content("Hello", "Text\n", "<p>Text</p>"),
            Recipient("ada@example.org"),
            ID,
            SETTINGS,
            unsubscribe_url=LONG_URL,
        )
        lines = message.as_bytes().split(b"\r\n")
        # In one line and unencoded, however long.
        assert f"List-Unsubscribe: <{LONG_URL}>".encode() in lines
        assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines

    def test_name_the_template(self):
        assert sent(template="invitation")["X-Colophon-Template"] == "invitation"

    def test_most_mails_cannot_be_unsubscribed_from(self):
        assert sent()["List-Unsubscribe"] is None

    @pytest.mark.parametrize(
        "name", ['Ada "the Countess", of Lovelace', "Zoë Müller", "Лев", "a@b.example <c@d>", ""]
    )
    def test_names_are_kept(self, name):
        (to,) = sent(recipient=Recipient("ada@example.org", name))["To"].addresses
        assert (to.display_name, to.addr_spec) == (name, "ada@example.org")

    def test_a_long_subject_is_kept(self):
        subject = "Grüße aus Łódź " * 12
        assert sent(subject)["Subject"].strip() == subject.strip()

    def test_only_ascii_leaves_in_headers(self):
        message = build_message(
            Content("Grüße", "é", "é"), Recipient("a@müller.example", "Zoë"), ID, SETTINGS
        )
        assert message.as_bytes().isascii()


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\x00\n", "\x85", "\u2028"])
class TestInjection:
    def test_by_the_subject(self, ending):
        self.assert_no_header_was_added(sent(f"Hello{ending}Bcc: eve@example.org{ending}{ending}Body"))

    def test_by_the_name(self, ending):
        self.assert_no_header_was_added(
            sent(recipient=Recipient("ada@example.org", f"Ada{ending}Bcc: eve@example.org"))
        )

    def test_by_the_address(self, ending):
        for address in (f"ada@example.org{ending}Bcc: eve@example.org", f"a{ending}Bcc: eve@example.org"):
            with pytest.raises(AddressInvalid) as raised:
                sent(recipient=Recipient(address))
            assert "eve" not in str(raised.value)

    @staticmethod
    def assert_no_header_was_added(message):
        assert message["Bcc"] is None
        assert len(message["To"].addresses) == 1
        assert message.get_body(("plain",)).get_content() == "Text\r\n"


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "ada@example.org",
            "a+b@example.org",
            '"a b"@example.org',
            "zoë@example.org",
            "a@müller.example",
            "a@b",
        ],
    )
    def test_that_mail_can_be_sent_to(self, address):
        check_address(address)

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a@b@example.org",
            "ada@example.org, eve@example.org",
            "Ada <ada@example.org>",
            "ada@example..org",
            "zo ë@example.org",
            "a@" + "x" * 64 + ".org",
            "a" * 250 + "@example.org",
        ],
    )
    def test_that_are_none(self, address):
        with pytest.raises(AddressInvalid):
            check_address(address)
