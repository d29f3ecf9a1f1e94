"""Declaration of mails, and the rendering of their templates.

A template is written once, of components: it is rendered with those of HTML and with those of plain text, so that both
parts say the same. `service/mail_templates/` has the components, the layout and a template for each mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import service
from service.core.jobs.tasks import PayloadInvalid, payload_validator

TEMPLATES = Path(service.__file__).parent / "mail_templates"

_mails: dict[str, Mail] = {}


@dataclass(frozen=True, slots=True)
class Mail:
    """A declared mail. `load` takes the payload and returns the variables of the template, None to send nothing.

    `example` are such variables, for the preview and the tests.
    """

    name: str
    load: Callable[..., Mapping[str, Any] | None]
    schema: jsonschema_rs.Validator
    example: Mapping[str, Any] = field(compare=False)
    can_unsubscribe: bool = False

    def check_payload(self, payload: Mapping[str, Any]) -> None:
        """Raise `PayloadInvalid` unless the payload is what the mail declares."""
        if not self.schema.is_valid(dict(payload)):
            raise PayloadInvalid(f"the payload does not fit what the mail {self.name} declares")


@dataclass(frozen=True, slots=True)
class Content:
    """The subject of a mail and its body, in both forms."""

    subject: str
    text: str
    html: str


def mail(
    name: str,
    *,
    payload: Mapping[str, Mapping[str, Any]],
    example: Mapping[str, Any],
    can_unsubscribe: bool = False,
) -> Callable[[Callable[..., Mapping[str, Any] | None]], Mail]:
    """Declare a function as the source of a mail, whose template is `service/mail_templates/<name>.jinja`.

    `payload` are the JSON schemas of its keyword arguments: ids rather than what they stand for, for they are stored.
    It is called by the worker when the mail is sent, in a transaction that is committed before: what it returns is true
    by then, and secrets that it makes, such as a link, are stored nowhere in clear. It returns the variables of the
    template besides `recipient`, the name of who gets the mail, or None if there is nothing to send any more.

    With `can_unsubscribe` the mail goes to accounts that have `comment_notifications` on, with `unsubscribe_url` for
    the template, and the header for one click.
    """

    def declare(load: Callable[..., Mapping[str, Any] | None]) -> Mail:
        if name in _mails:
            raise ValueError(f"two mails are named {name}")
        declared = Mail(name, load, payload_validator(payload), example, can_unsubscribe)
        _mails[name] = declared
        return declared

    return declare


def declared_mails() -> Mapping[str, Mail]:
    """Return the mails of all modules imported so far, by name."""
    return _mails


def render(name: str, variables: Mapping[str, Any], *, site_name: str, site_url: str) -> Content:
    """Render the template of the mail `name`. Raise `jinja2.UndefinedError` if a variable is missing."""
    import css_inline  # noqa: PLC0415 - 9 MB that only what sends mail needs

    site = {"site_name": site_name, "site_url": site_url}
    text_template = _environment("txt").get_template(f"{name}.jinja")
    context = text_template.new_context({**site, **variables})
    # One line: a title with a line break must not end the header.
    subject = " ".join("".join(text_template.blocks["subject"](context)).split())
    values = {**site, **variables, "subject": subject}
    html = _environment("html").get_template(f"{name}.jinja").render(values)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    text = text_template.render(values)
    return Content(subject, _tidy(text), inliner.inline(html))


@cache
def _environment(form: str) -> Environment:
    """Return the environment that renders as `form`, `html` or `txt`."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=form == "html",  # noqa: S701 - plain text must not be escaped
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["layout"] = f"layout.{form}"
    components = environment.get_template(f"components.{form}").module
    environment.globals |= {
        name: macro for name, macro in vars(components).items() if not name.startswith("_")
    }
    return environment


def _tidy(text: str) -> str:
    """Return plain text with at most one empty line between paragraphs."""
    paragraphs = [paragraph.strip("\n") for paragraph in text.split("\n\n")]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip()) + "\n"
