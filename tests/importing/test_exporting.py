"""What goes out comes in again as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from service.core.database import transaction
from service.core.storage import open_storage
from service.importing import exporting
from service.importing.exporting import FolderInUse, export_tree
from service.importing.trees import read_tree
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.posts import Post, PostSlug, PostStatus, Redirect
from service.models.users import User
from service.posts.content import apply_columns, content_columns
from tests.conftest import empty_tables
from tests.factories import create_post, create_tag, create_user
from tests.importing.publication import (
    at,
    everything,
    imported,
    png,
    post,
    publication,
    show,
    uploaded,
    write,
)

THEN = datetime(2020, 2, 29, 23, 59, 59, 123456, UTC)
NASTY = [
    '"""',
    "'''",
    "+++",
    "---",
    "\\",
    "]]",
    "# a",
    "{% x %}",
    "{{ x }}",
    "#",
    "漢字 🜚",
    "a  b",
    "é\u2028b",
    "<b>&amp;",
]


def exported(folder):
    return export_tree(folder, open_storage())


def rewrite(written, excerpt=None, **columns):
    """Give a post an excerpt of its own and other columns."""
    with transaction() as session:
        found = session.get(Post, written.id)
        apply_columns(found, {**content_columns(found.title, found.body, excerpt), **columns})


def lead(written, paths=(), slugs=()):
    with transaction() as session:
        session.add_all([Redirect(path=path, post_id=written.id) for path in paths])
        session.add_all([PostSlug(slug=slug, post_id=written.id) for slug in slugs])


def comes_back(folder, notes=()):
    """Export, import into an empty database, and compare."""
    before = publication()
    done = exported(folder)
    assert done.posts == len(before)
    empty_tables()
    report = imported(folder)
    assert (report.problems, len(report.created)) == ([], len(before))
    assert [note.reason for note in report.notes] == [*notes]
    assert publication() == before


class TestRoundTrip:
    def test_posts_of_every_kind(self, app, tmp_path):
        ann, namesake = (
            create_user(username=name, display_name="Ann", email=None) for name in ("ann", "ann_2")
        )
        tags = [create_tag("Ünïcode"), create_tag("a, b"), create_tag("C")]
        image = uploaded(png(), "Foto übermorgen.PNG", alt_text="A", focal_x=10, focal_y=100, credit="Ann")
        cover, card = uploaded(png(1), "p.png", caption="C"), uploaded(png(2), "P.PNG")
        first = create_post(
            ann, tags, title="First", slug="first", status=PostStatus.PUBLISHED, created_at=THEN
        )
        body = f"![x](/media/{image.name}) [a](/posts/first) ![gone](/media/{'0' * 64}.png) `/posts/first`"
        body += "\r\n\r\n\tcode  "
        second = create_post(
            namesake, tags[1:], title="Second", slug="index", body=body, status=PostStatus.PUBLISHED
        )
        show(second, cover_id=cover.id, cover_alt_text="", cover_caption="Mine", card_id=card.id)
        create_post(None, title="Nobody's", slug="post-index", status=PostStatus.ARCHIVED, created_at=THEN)
        show(create_post(ann, title="A draft", slug="draft", body=""), cover_id=image.id)
        create_post(ann, title="Scheduled", slug="scheduled", status=PostStatus.SCHEDULED, created_at=THEN)
        dated = create_post(ann, title="A draft with a date", slug="x" * 120)
        create_post(ann, title="The same for long", slug="x" * 119 + "y")
        rewrite(dated, published_at=THEN, listed_at=THEN)
        rewrite(
            first,
            excerpt="Not  the beginning.\nBut «this».",
            seo_title="SEO",
            seo_description="Found.\n\nTwice.",
            canonical_url="https://example.org/a?b=c#d",
            updated_at=utcnow(),
            extra={
                "team": "core",
                "n": [1, 2.5, {"deep": True}],
                "taxonomies": {"series": ["One"]},
                "draft": "no",
            },
        )
        lead(first, paths=["/2014/a.html", "/b/ü%20x"], slugs=["was", "was-before"])
        comes_back(tmp_path / "out", [f"link to /media/{'0' * 64}.png: not found in the folder"])

    def test_several_authors(self, app, tmp_path):
        write(
            tmp_path / "in",
            {"a.md": post(front='authors = ["Ann", "Bob", "Cy"]'), "b.md": post(front='authors = ["Bob"]')},
        )
        imported(tmp_path / "in")
        with transaction() as session:
            session.scalars(sa.select(User).where(User.username == "ann")).one().display_name = "Anna"
        exported(tmp_path / "out")
        empty_tables()
        assert imported(tmp_path / "out").problems == []
        found = publication()
        assert {slug: (found[slug]["display_name"], found[slug]["username"]) for slug in "ab"} == {
            "a": ("Anna", "ann"),
            "b": ("Bob", "bob"),
        }
        assert found["a"]["extra"]["authors"] == ["Anna", "Bob", "Cy"]

    def test_an_imported_publication(self, app, tmp_path):
        write(
            tmp_path / "in",
            {
                "a/index.md": post(
                    "A", "![x](p.png) [b](../b.md#c)", front='aliases = ["/x"]\n[extra]\nn = 1.0'
                ),
                "a/p.png": png(),
                "b.md": post("B", "One.\n\n<!-- more -->\n\nTwo."),
                "c.md": post("C", front="draft = true"),
            },
        )
        imported(tmp_path / "in")
        comes_back(tmp_path / "out")

    def test_an_excerpt_that_nobody_wrote_stays_so(self, app, tmp_path):
        create_post(create_user(email=None), title="A", body="One.\n\n<!-- more -->\n\nTwo.")
        comes_back(tmp_path / "out")

    @hypothesis_settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        title=st.one_of(
            st.sampled_from(NASTY),
            st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40),
        ),
        body=st.text(
            st.one_of(
                st.sampled_from("#*_`[]()<>!\\\r\n\t +-{}%~|:"),
                # What the service accepts.
                st.characters(
                    exclude_categories=["Cs", "Cc"],
                    include_characters="\t\n\r",
                    exclude_characters="\ufffe\uffff",
                ),
            )
        ),
        excerpt=st.none() | st.sampled_from(NASTY),
    )
    @example(title="+++", body="+++\n", excerpt="'''")
    @example(title="A", body="\ufeff\r\r\n\n  x", excerpt=None)
    def test_any_text(self, app, tmp_path_factory, title, body, excerpt):
        empty_tables()
        written = create_post(create_user(username="ann", email=None), title=title, body=body)
        rewrite(written, excerpt=excerpt)
        comes_back(tmp_path_factory.mktemp("out"))


class TestSameDatabase:
    def test_an_export_that_comes_in_where_it_went_out_makes_nothing_new(self, app, tmp_path):
        user = create_user(email=None)
        a = create_post(user, title="A", slug="a", status=PostStatus.PUBLISHED)
        create_post(user, title="B", slug="b", body="[a](/posts/a)")
        before = publication()
        exported(tmp_path)
        report = imported(tmp_path)
        assert (report.created, report.updated) == ([], ["a.md", "b.md"])
        assert publication() == before
        rows = everything()
        assert imported(tmp_path).unchanged == 2
        assert everything() == rows
        rewrite(a, title="Changed")
        (tmp_path / "a.md").rename(tmp_path / "z.md")
        assert imported(tmp_path).updated == ["z.md"]
        assert publication() == before

    def test_a_copy_of_an_exported_file_is_a_post_of_its_own(self, app, tmp_path):
        a = create_post(create_user(), title="A", slug="a")
        exported(tmp_path)
        (tmp_path / "b.md").write_bytes((tmp_path / "a.md").read_bytes())
        report = imported(tmp_path)
        assert (report.updated, report.created) == (["a.md"], ["b.md"])
        assert at("a").id == a.id != at("a-2").id

    def test_an_id_of_another_version_is_refused(self, app, tmp_path):
        write(tmp_path, {"a.md": post(front='[extra.colophon]\nid = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"')})
        assert [path for path, _ in imported(tmp_path).problems] == ["a.md"]

    def test_a_free_id_is_taken_again(self, app, tmp_path):
        wanted = uuid7()
        write(tmp_path, {"a.md": post(front=f'[extra.colophon]\nid = "{wanted}"')})
        imported(tmp_path)
        assert at("a").id == wanted


class TestFolder:
    def test_a_folder_in_use_is_left_alone(self, app, tmp_path):
        create_post(slug="a")
        write(tmp_path, {"a.md": "mine", ".git/config": "mine"})
        with pytest.raises(FolderInUse):
            exported(tmp_path)
        assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["a.md"]
        (tmp_path / "a.md").unlink()
        assert exported(tmp_path).posts == 1
        assert (tmp_path / ".git/config").read_text() == "mine"

    def test_the_trash_stays_here(self, app, tmp_path):
        create_post(slug="a", trashed_at=utcnow())
        assert exported(tmp_path / "new" / "folder") == exported(tmp_path / "other")
        assert [*(tmp_path / "new" / "folder").iterdir()] == []

    def test_pages_of_many_posts(self, app, tmp_path, monkeypatch):
        monkeypatch.setattr(exporting, "AT_ONCE", 2)
        monkeypatch.setattr(exporting, "_page", exporting._page.limit(2))
        for number in range(5):
            create_post(slug=f"p-{number}")
        assert exported(tmp_path).posts == 5
        assert [head.slug for head in read_tree(tmp_path).headers()] == [f"p-{number}" for number in range(5)]
