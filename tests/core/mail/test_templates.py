"""Rendering: every mail with its example, and what a template does with texts of users."""

import re
from html.parser import HTMLParser

import html5lib
import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import TemplateNotFound

from service.core.mail import templates
from service.core.mail.templates import TEMPLATES, declared_mails, mail, render
from service.worker import import_tasks

import_tasks()

SITE = {"site_name": "The <Blog>", "site_url": "https://blog.example.org"}
UNSUBSCRIBE = "https://blog.example.org/unsubscribe/token"
EVIL = '<script>alert("x")</script> & {{ 7 * 7 }}'


def variables(name):
    more = {"unsubscribe_url": UNSUBSCRIBE} if declared_mails()[name].can_unsubscribe else {}
    return {"recipient": "Ada Lovelace", **more, **declared_mails()[name].example}


def example(name):
    return render(name, variables(name), **SITE)


class _Visible(HTMLParser):
    """Collects what a reader sees of an HTML part, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.text, self.links, self._hidden = [], [], False

    def handle_starttag(self, tag, attributes):
        self._hidden = tag in {"title", "style"}
        if tag == "a":
            self.links.append(dict(attributes)["href"])
        if tag == "br":
            self.text.append(" ")

    def handle_endtag(self, _tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.text.append(data)


def visible(html):
    reader = _Visible()
    reader.feed(html)
    return " ".join("".join(reader.text).split()), reader.links


@pytest.mark.parametrize("name", sorted(declared_mails()))
class TestEveryMail:
    def test_is_valid_html(self, name):
        html5lib.HTMLParser(strict=True).parse(example(name).html)

    def test_says_the_same_in_both_parts(self, name):
        content = example(name)
        words, links = visible(content.html)
        assert re.findall(r"https?://\S+", content.text) == links
        # What only plain text has: the links, the marks of quoted lines, and the one above the footer.
        plain = re.sub(r":\nhttps?://\S+|^https?://\S+|^> ?|^-- $", "", content.text, flags=re.MULTILINE)
        assert " ".join(plain.split()) == words

    def test_has_a_subject_in_one_line(self, name):
        assert re.fullmatch(r"\S.{3,150}\S", example(name).subject)

    def test_has_its_styles_inlined_and_a_dark_mode(self, name):
        html = example(name).html
        assert 'class="page" style="max-width: 560px' in html
        assert "@media (prefers-color-scheme: dark)" in html
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "http://" not in html.replace("http://127.0.0.1", "")
        assert "<img" not in html  # nothing is loaded, which would tell who reads it

    def test_escapes_what_users_wrote(self, name):
        content = render(
            name,
            {
                key: EVIL if isinstance(value, str) and not value.startswith("http") else value
                for key, value in variables(name).items()
            },
            **SITE,
        )
        assert "<script" not in content.html
        assert "49" not in content.html

    def test_misses_no_variable_in_silence(self, name):
        for missing in variables(name).keys() - {"recipient"}:
            given = {key: value for key, value in variables(name).items() if key != missing}
            with pytest.raises(UndefinedError):
                render(name, given, **SITE)


class TestComponents:
    @pytest.fixture
    def written(self, monkeypatch, tmp_path):
        """Return a function that renders the source of a template."""
        for path in TEMPLATES.iterdir():
            (tmp_path / path.name).write_text(path.read_text())
        monkeypatch.setattr(templates, "TEMPLATES", tmp_path)
        templates._environment.cache_clear()

        def write(block, subject="Subject", **variables):
            text = f"{{% extends layout %}}{{% block subject %}}{subject}{{% endblock %}}"
            (tmp_path / "tests.jinja").write_text(f"{text}{{% block content %}}{block}{{% endblock %}}")
            return render("tests", variables, **SITE)

        yield write
        templates._environment.cache_clear()

    def test_a_quote_marks_each_line(self, written):
        content = written("{{ quote(said) }}", said="One\n\n-- \nTwo <b>")
        assert "\n> One\n> \n> -- \n> Two <b>\n" in content.text
        assert ">One<br><br>-- <br>Two &lt;b&gt;</blockquote>" in content.html

    def test_a_line_break_in_a_paragraph_begins_no_line(self, written):
        assert "\nHello > quoted\n" in written("{{ paragraph(said) }}", said="Hello\n> quoted").text

    def test_a_link_is_escaped(self, written):
        content = written("{{ button(label, url) }}", label="Go", url='https://a.example/?a=1&b="x"')
        assert 'href="https://a.example/?a=1&amp;b=&#34;x&#34;"' in content.html.replace("&quot;", "&#34;")
        assert 'Go:\nhttps://a.example/?a=1&b="x"\n' in content.text

    def test_a_subject_is_one_line_and_not_escaped(self, written):
        assert written("", "{{ title }} & more", title="A\r\nBcc: <b>").subject == "A Bcc: <b> & more"


class TestDeclaration:
    def test_two_with_one_name_are_refused(self):
        with pytest.raises(ValueError, match="two mails are named test"):
            mail("test", payload={}, example={})(dict)

    def test_one_without_a_template_fails(self):
        with pytest.raises(TemplateNotFound):
            render("nothing", {}, **SITE)
