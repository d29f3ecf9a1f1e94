"""A folder comes in whole, once, and again only where it has changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from service.config import settings
from service.core.database import transaction
from service.core.storage import open_storage
from service.extensions import db
from service.importing import actions, batch_writer, preparing
from service.importing.actions import import_tree
from service.importing.trees import SourceTree, read_tree
from service.media.files import _SVG_REFUSED
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.media import Media
from service.models.posts import Post, PostStatus
from service.models.users import Role, User
from tests.accounts import create_account
from tests.factories import create_post, create_user
from tests.importing.publication import at, everything, imported, png, post, publication, write

GENERATORS = {
    "Zola": {
        "zola.toml": 'base_url = "https://old.example"\n',
        "content/2024-01-02-first/index.md": (
            '+++\ntitle = "First"\nauthors = ["Ann"]\naliases = ["/old/first.html"]\n[taxonomies]\ntags = ["News"]\n'
            "+++\nSee [the second](@/second.md#more) and ![p](p.png).\n"
        ),
        "content/2024-01-02-first/p.png": png(),
        "content/second.md": (
            '+++\ntitle = "Second"\ndate = 2024-02-03\ndescription = "Short."\n+++\n[back](https://old.example/first/)\n'
        ),
    },
    "Hugo": {
        "hugo.toml": 'baseURL = "https://old.example/"\n',
        "content/posts/first/index.md": (
            "---\ntitle: First\ndate: 2024-01-02\nauthor: Ann\naliases: [/old/first.html]\ntags: [News]\n---\n"
            'See [the second]({{< ref "second.md" >}}#more) and ![p](p.png).\n'
        ),
        "content/posts/first/p.png": png(),
        "content/posts/second.md": (
            '{"title": "Second", "date": "2024-02-03", "summary": "Short."}\n\n[back](/posts/first/)\n'
        ),
    },
    "Jekyll": {
        "_config.yml": "url: https://old.example\n",
        "_posts/2024-01-02-first.md": (
            "---\nlayout: post\ntitle: First\nauthor: Ann\nredirect_from: /old/first.html\ntags: News\n---\n"
            "See [the second]({% post_url 2024-02-03-second %}#more) and ![p]({{ site.baseurl }}/assets/p.png).\n"
        ),
        "assets/p.png": png(),
        "_posts/2024-02-03-second.md": (
            "---\nlayout: post\ntitle: Second\nexcerpt: Short.\n---\n[back](/2024/01/02/first.html)\n"
        ),
    },
    "Next.js": {
        "next.config.js": "module.exports = {}\n",
        "posts/first.md": (
            "---\ntitle: First\ndate: '2024-01-02'\nauthor: {name: Ann}\naliases: [/old/first.html]\n"
            "tags: [News]\n---\n"
            "See [the second](./second.mdx#more) and ![p](/images/p.png).\n"
        ),
        "public/images/p.png": png(),
        "posts/second.mdx": (
            "---\ntitle: Second\ndate: '2024-02-03'\nexcerpt: Short.\n---\nimport X from 'x'\n\n[back](/posts/first)\n"
        ),
    },
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "site"


def titles():
    db.session.remove()
    return set(db.session.scalars(sa.select(Post.title)))


def change(at_slug, **columns):
    with transaction() as session:
        found = session.scalars(sa.select(Post).where(Post.slug == at_slug)).one()
        for name, value in columns.items():
            setattr(found, name, value)


class TestGenerators:
    @pytest.mark.parametrize("generator", GENERATORS)
    def test_a_site_is_read_through_the_api_as_it_was(self, client, folder, generator):
        write(folder, GENERATORS[generator])
        tree = read_tree(folder)
        assert tree.generator.value == generator
        report = imported(folder)
        assert (sorted(map(len, (report.created, report.updated))), report.problems, report.notes) == (
            [0, 2],
            [],
            [],
        )

        first = client.get("/api/posts/slug/first").json
        second = client.get("/api/posts/slug/second").json
        assert [found["slug"] for found in client.get("/api/posts").json] == ["second", "first"]
        assert (first["title"], first["status"], first["published_at"]) == (
            "First",
            "published",
            "2024-01-02T00:00:00Z",
        )
        assert (first["author"]["display_name"], first["tags"]) == ("Ann", [{"name": "News", "slug": "news"}])
        assert second["excerpt"] == "Short."
        assert second["published_at"] == "2024-02-03T00:00:00Z"
        assert "[the second](/posts/second#more)" in first["body"]
        assert 'href="/posts/first"' in second["body_html"]

        image = db.session.scalar(sa.select(Media.name))
        db.session.remove()
        assert f"(/media/{image})" in first["body"]
        assert client.get(f"/media/{image}").data == png()
        assert client.get("/api/redirects?path=/old/first.html").json["slug"] == "first"

        before = everything()
        again = imported(folder)
        assert (again.created, again.updated, again.unchanged, again.problems) == ([], [], 2, [])
        assert everything() == before


class TestWhatIsKept:
    def test_every_column_of_a_post(self, app, folder):
        front = (
            'updated = 2024-03-04T05:06:07Z\ndescription = " In  short. "\nauthors = ["Ann", "Bob"]\nteam = "core"\n'
            '[taxonomies]\ntags = ["Ünïcode", "b"]\n[extra]\nreleases = [1, 2]'
        )
        write(folder, {"a/post.md": post("A *title*", "# One\n\nWords.", front=front)})
        assert imported(folder).problems == []
        found = at("post")
        assert (found.title, found.source, found.status) == ("A *title*", "a/post.md", PostStatus.PUBLISHED)
        assert (found.excerpt, found.has_own_excerpt) == ("In  short.", True)
        assert found.published_at == found.listed_at == found.created_at == datetime(2024, 1, 2, tzinfo=UTC)
        assert found.updated_at == datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC)
        assert found.tag_list == [{"name": "Ünïcode", "slug": "unicode"}, {"name": "b", "slug": "b"}]
        assert found.extra == {"team": "core", "releases": [1, 2], "authors": ["Ann", "Bob"]}
        assert found.contents == [{"level": 1, "text": "One", "anchor": "user-content-one"}]
        assert found.version == 1

    def test_a_long_description_ends_with_a_word(self, app, folder):
        write(folder, {"a.md": post(front=f'description = "{"word " * 150}"')})
        imported(folder)
        assert at("a").excerpt == "word " * 98 + "word…"

    def test_a_draft_with_a_date_and_one_without(self, client, folder):
        write(
            folder,
            {"dated.md": post("Dated", front="draft = true"), "undated.md": post("Undated", date="")},
        )
        imported(folder)
        assert (at("dated").status, at("dated").published_at) == (
            PostStatus.DRAFT,
            datetime(2024, 1, 2, tzinfo=UTC),
        )
        assert (at("undated").status, at("undated").published_at) == (PostStatus.DRAFT, None)
        assert at("undated").listed_at == at("undated").created_at
        assert client.get("/api/posts").json == []
        assert client.get("/api/posts/slug/dated").status_code == 404

    def test_slugs_are_made_unique_and_shown(self, client, folder):
        write(
            folder,
            {
                "A.md": post("1"),
                "b/a.md": post("2", "[one](../A.md)"),
                "c.md": post("3", front='slug = "Ein schöner Tag!"'),
                "d.md": post("漢字", front='slug = "漢字"'),
                "e.md": post("5", front=f'slug = "{"long-" * 40}"'),
            },
        )
        assert imported(folder).problems == []
        db.session.remove()
        slugs = {found.title: found.slug for found in db.session.scalars(sa.select(Post))}
        assert (slugs["1"], slugs["2"], slugs["3"], slugs["漢字"]) == ("a", "a-2", "ein-schoner-tag", "post")
        assert slugs["5"] == "-".join(["long"] * 24)
        assert "(/posts/a)" in at("a-2").body
        assert {client.get(f"/api/posts/slug/{slug}").status_code for slug in slugs.values()} == {200}

    def test_text_that_no_line_holds_becomes_one(self, client, folder):
        write(
            folder,
            {"a.md": '---\ntitle: "Two\\n lines\\e"\ndate: 2024-01-02\ntags: ["x\\ty", "\\e"]\n---\nText.\n'},
        )
        assert imported(folder).problems == []
        found = client.get("/api/posts/slug/a").json
        assert (found["title"], [tag["name"] for tag in found["tags"]]) == ("Two lines", ["x y"])

    def test_control_characters_are_repaired_and_noticed(self, app, folder):
        front = 'description = "It\x92s"\n[extra]\nauthor = "Ada\\u0001 L."'
        write(folder, {"a.md": post(body="It\x92s\x0b here.", front=front), "b.md": post(body="Fine.")})
        report = imported(folder)
        assert report.problems == []
        assert [(note.source_path, note.reason) for note in report.notes] == [
            ("a.md", "3 control characters replaced or removed")
        ]
        assert (at("a").body, at("a").excerpt) == ("It\u2019s here.\n", "It\u2019s")
        assert imported(folder).unchanged == 2

    def test_images_are_stored_once_and_registered(self, app, folder):
        write(
            folder,
            {
                "a/index.md": post(body="![x](p.png) ![x](p.png)"),
                "a/p.png": png(),
                "b/index.md": post(body='<img src="q.png">'),
                "b/q.png": png(),
            },
        )
        report = imported(folder)
        assert (len(report.images), report.new_images) == (1, 1)
        stored = db.session.scalars(sa.select(Media)).one()
        assert (stored.media_type, stored.size_bytes, stored.width, stored.height) == (
            "image/png",
            len(png()),
            1,
            1,
        )
        assert open_storage().read(stored.name).read_all() == png()
        assert at("a").body == f"![x](/media/{stored.name}) ![x](/media/{stored.name})\n"
        assert at("b").body == f'<img src="/media/{stored.name}">\n'


class TestAuthors:
    def test_an_account_that_can_log_in_is_never_the_author(self, app, folder):
        can = [
            create_account(username="ann", display_name="Ann", email=None),
            # Without a password, but with an address to which one could be sent.
            create_user(username="ann2", display_name="Ann", email="ann@example.org"),
        ]
        write(folder, {"a.md": post(front='authors = ["ANN"]'), "b.md": post(front='authors = ["Ann"]')})
        imported(folder)
        author = db.session.get(User, at("a").author_id)
        assert author.id == at("b").author_id
        assert author.id not in {user.id for user in can}
        assert (author.username, author.display_name, author.role) == ("ann-2", "ANN", Role.AUTHOR)
        assert (author.email, author.password_hash) == (None, None)

    @pytest.mark.parametrize(
        ("name", "username"),
        [
            ("Admin", "admin-author"),
            ("漢字", "writer-2"),
            ("Jo", "jo-author"),
            ("Zoë  O'Neil", "zoe-oneil"),
            ("x" * 100, "x" * 28),
        ],
    )
    def test_usernames(self, app, folder, name, username):
        create_user(username="Writer")
        write(folder, {"a.md": post(front=f'authors = ["{name}"]')})
        assert imported(folder).problems == []
        (folder / "a.md").write_text(post("Changed", front=f'authors = ["{name}"]'))
        assert imported(folder).updated == ["a.md"]
        made = db.session.scalars(sa.select(User).where(User.username != "Writer")).one()
        assert (made.username, made.display_name) == (username, " ".join(name.split())[:80])

    def test_a_post_without_an_author_gets_the_given_one(self, app, folder):
        user = create_user()
        write(folder, {"a.md": post(), "b.md": post(front='authors = ["Ann"]')})
        imported(folder, default_author_id=user.id)
        assert at("a").author_id == user.id != at("b").author_id


class TestRefusals:
    def test_each_is_listed_with_its_reason_and_the_others_come_in(self, client, folder):
        write(
            folder,
            {
                "good.md": post("Good"),
                "title.md": post("x" * 201),
                "blank.md": '---\ntitle: "\u200b"\ndate: 2024-01-02\n---\nText.\n',
                "tags.md": post(front=f"[taxonomies]\ntags = {[str(n) for n in range(21)]}"),
                "tag.md": post(front=f'[taxonomies]\ntags = ["{"x" * 51}"]'),
                "text.md": post(body="x" * 200_001),
                f"{'d' * 200}/{'e' * 200}/{'f' * 101}.md": post(),
                "own.md": post(front='[extra.colophon]\nid = "me"'),
                "seo.md": post(front='[extra.colophon]\nseo_title = "two\\nlines"'),
                "url.md": post(front='[extra.colophon]\ncanonical_url = "javascript:alert(1)"'),
                "end.md": post(front='[extra.colophon]\ncanonical_url = "https://example.org/\\n"'),
                "when.md": post(date='"soon"'),
            },
        )
        report = imported(folder)
        assert report.created == ["good.md"]
        reasons = {path[:8]: reason for path, reason in report.problems}
        assert reasons == {
            "title.md": "its title has more than 200 characters",
            "blank.md": "its title shows nothing",
            "tags.md": "it has more than 20 tags",
            "tag.md": "one of its tags has more than 50 characters",
            "text.md": "its text has more than 200,000 characters",
            "dddddddd": "its path has more than 500 characters",
            "own.md": "its colophon.id is not one that an export writes",
            "seo.md": "its colophon.seo_title is not one that an export writes",
            "url.md": "its colophon.canonical_url is not one that an export writes",
            "end.md": "its colophon.canonical_url is not one that an export writes",
            "when.md": "its date 'soon' is not a valid date",
        }
        assert titles() == {"Good"}
        assert [found["title"] for found in client.get("/api/posts").json] == ["Good"]

    def test_images_and_posts_that_are_not_there_are_noticed(self, app, folder):
        body = (
            "![a](gone.png) ![a](gone.png) [b](gone.md) ![c](/images/gone.webp?v=1) [d](plan.pdf) ![e](fake.png) "
            "[f](https://example.org/x.png) ![g](data:image/png;base64,AA) [h](#x.md) [i](gone) `![](code.png)`"
        )
        write(folder, {"a/index.md": post(body=body), "a/plan.pdf": b"%PDF", "a/fake.png": b"<svg/>"})
        report = imported(folder)
        assert (report.created, report.problems) == (["a/index.md"], [])
        assert sorted(note.reason for note in report.notes) == [
            "file a/plan.pdf: The file is named .pdf, but its content is something else.",
            f"image a/fake.png: {_SVG_REFUSED}",
            "link to /images/gone.webp?v=1: not found in the folder",
            "link to gone.md: not found in the folder",
            "link to gone.png: not found in the folder",
        ]
        assert at("a").body == body + "\n"

    def test_an_image_may_be_larger_than_a_text(self, app, folder):
        write(folder, {"a/index.md": post(body="![x](p.png)"), "a/p.png": png() + bytes(3_000_000)})
        report = imported(folder)
        assert (len(report.images), report.notes) == (1, [])


class TestDryRun:
    def test_tells_the_same_and_writes_nothing(self, app, folder, tmp_path):
        write(folder, GENERATORS["Zola"])
        write(folder, {"content/2024-01-02-first/p.png": png(77)})  # one that no other test has stored
        write(folder, {"content/bad.md": post("x" * 201), "content/2024-01-02-first/x.md": post()})
        before, files = everything(), sorted(settings().var_dir.rglob("*"))
        dry = imported(folder, dry_run=True)
        assert everything() == before
        assert sorted(settings().var_dir.rglob("*")) == files
        assert dry == imported(folder)

    def test_of_a_changed_folder(self, app, folder):
        write(folder, {"a.md": post("A"), "b.md": post("B"), "c.md": post("C")})
        imported(folder)
        change("b", trashed_at=utcnow())
        write(folder, {"a.md": post("A 2"), "b.md": post("B 2"), "d.md": post("D")})
        before = everything()
        dry = imported(folder, dry_run=True)
        assert everything() == before
        assert (dry.created, dry.updated, dry.unchanged) == (["d.md"], ["a.md"], 1)
        assert dry == imported(folder)


class TestAgain:
    def test_a_changed_file_updates_its_post_alone(self, client, folder):
        write(folder, {"a.md": post("A", "Old."), "b.md": post("B"), "c.md": post("C")})
        imported(folder)
        before = publication()
        identity, version, untouched = at("a").id, at("a").version, at("b").version
        etag = client.get("/api/posts/slug/a").headers["ETag"]
        write(folder, {"a.md": post("A 2", "New.", front='slug = "other"\n[taxonomies]\ntags = ["New"]')})
        report = imported(folder)
        assert (report.created, report.updated, report.unchanged) == ([], ["a.md"], 2)
        found = client.get("/api/posts/slug/a")
        assert (found.json["title"], found.json["body"]) == ("A 2", "New.\n")
        assert [tag["name"] for tag in found.json["tags"]] == ["New"]
        assert found.headers["ETag"] != etag
        assert (at("a").id, at("a").version, at("b").version) == (identity, version + 1, untouched)
        assert at("a").published_at == before["a"]["published_at"] < at("a").updated_at
        assert {slug: publication()[slug] for slug in "bc"} == {slug: before[slug] for slug in "bc"}

    def test_an_image_that_is_stored_already_is_used_again(self, app, folder):
        write(folder, {"a.md": post("A", "![x](p.png)"), "p.png": png()})
        first = imported(folder)
        write(folder, {"a.md": post("A 2", "![x](p.png)"), "b.md": post("B", "![y](p.png)")})
        report = imported(folder)
        assert (report.created, report.updated, report.problems) == (["b.md"], ["a.md"], [])
        assert (report.images, report.new_images) == (first.images, 0)
        (name,) = db.session.scalars(sa.select(Media.name)).all()
        assert at("a").body == f"![x](/media/{name})\n"

    def test_a_file_that_is_gone_leaves_its_post(self, app, folder):
        write(folder, {"a.md": post("A"), "b.md": post("B")})
        imported(folder)
        before = everything()
        (folder / "a.md").unlink()
        report = imported(folder)
        assert (report.unchanged, report.problems, report.notes) == (1, [], [])
        assert everything() == before

    def test_slugs_stay_whatever_else_comes_in(self, app, folder):
        write(folder, {"b/x.md": post("B")})
        imported(folder)
        write(folder, {"a/x.md": post("A", "[b](../b/x.md)")})
        imported(folder)
        assert (at("x").title, at("x-2").title) == ("B", "A")
        assert "(/posts/x)" in at("x-2").body

    def test_a_slug_chosen_here_stays_and_is_linked_to(self, app, folder):
        write(folder, {"a.md": post("A"), "b.md": post("B")})
        imported(folder)
        change("a", slug="chosen")
        write(folder, {"a.md": post("A 2"), "b.md": post("B", "[a](a.md)")})
        assert sorted(imported(folder).updated) == ["a.md", "b.md"]
        assert at("chosen").title == "A 2"
        assert "(/posts/chosen)" in at("b").body

    def test_a_post_in_the_trash_stays_there_as_it_is(self, app, folder):
        write(folder, {"a.md": post("A"), "b.md": post("B")})
        imported(folder)
        change("a", trashed_at=utcnow())
        before = everything()
        write(folder, {"a.md": post("A 2")})
        report = imported(folder)
        assert everything() == before
        assert [(note.source_path, "in the trash" in note.reason) for note in report.notes] == [
            ("a.md", True)
        ]
        change("a", trashed_at=None)
        assert imported(folder).updated == ["a.md"]
        assert at("a").title == "A 2"


class TestState:
    """The state is the file's when that changes, and else whatever somebody made of it here."""

    @pytest.mark.parametrize(
        ("before", "here", "after", "state"),
        [
            ("", None, "draft = true", PostStatus.DRAFT),
            ("draft = true", None, "", PostStatus.PUBLISHED),
            ("", PostStatus.DRAFT, "", PostStatus.DRAFT),
            ("", PostStatus.ARCHIVED, "", PostStatus.ARCHIVED),
            ("draft = true", PostStatus.PUBLISHED, "draft = true", PostStatus.PUBLISHED),
            ("draft = true", PostStatus.PUBLISHED, "", PostStatus.PUBLISHED),
            ("", None, '[extra.colophon]\nstatus = "archived"', PostStatus.ARCHIVED),
            ('[extra.colophon]\nstatus = "archived"', PostStatus.PUBLISHED, "", PostStatus.PUBLISHED),
        ],
    )
    def test_after_a_change(self, app, folder, before, here, after, state):
        write(folder, {"a.md": post("A", front=before)})
        imported(folder)
        if here:
            change("a", status=here)
        write(folder, {"a.md": post("A 2", front=after)})
        assert imported(folder).updated == ["a.md"]
        assert (at("a").status, at("a").title) == (state, "A 2")

    def test_a_date_in_the_future_is_a_schedule(self, client, folder):
        later = utcnow().replace(microsecond=0) + timedelta(days=1)
        files = {"a.md": post("A", date=later.isoformat()), "b.md": post("B", "[a](a.md)")}
        write(folder, files)
        imported(folder)
        found = at("a")
        assert (found.status, found.scheduled_at, found.listed_at) == (PostStatus.SCHEDULED, later, later)
        assert found.published_at is None
        assert found.created_at < later
        assert found.updated_at < later
        assert client.get("/api/posts/slug/a").status_code == 404
        with db.engine.connect() as connection:
            due_at = sa.select(Job.due_at).where(Job.task == "posts.publish_scheduled")
            assert list(connection.scalars(due_at)) == [later]
        write(folder, {"a.md": post("A 2", date=later.isoformat())})
        assert imported(folder).updated == ["a.md"]
        assert (at("a").status, at("a").title, at("a").scheduled_at) == (PostStatus.SCHEDULED, "A 2", later)
        write(folder, {"a.md": post("A 3", date=later.isoformat(), front="draft = true")})
        imported(folder)
        assert (at("a").status, at("a").scheduled_at) == (PostStatus.DRAFT, None)

    def test_a_schedule_follows_the_date_in_the_file(self, app, folder):
        first, second, here = (utcnow().replace(microsecond=0) + timedelta(days=days) for days in (3, 1, 2))
        write(folder, {"a.md": post("A", date=first.isoformat())})
        imported(folder)
        write(folder, {"a.md": post("A", date=second.isoformat())})
        assert imported(folder).updated == ["a.md"]
        found = at("a")
        assert (found.status, found.scheduled_at, found.listed_at) == (PostStatus.SCHEDULED, second, second)
        due_at = sa.select(Job.due_at).where(Job.task == "posts.publish_scheduled")
        assert list(db.session.scalars(due_at)) == [second]
        db.session.remove()
        # A time that was chosen here stays, until the file has another date.
        change("a", scheduled_at=here, listed_at=here)
        write(folder, {"a.md": post("A 2", date=second.isoformat())})
        imported(folder)
        assert (at("a").title, at("a").scheduled_at) == ("A 2", here)
        write(folder, {"a.md": post("A 2", date=first.isoformat())})
        imported(folder)
        assert (at("a").scheduled_at, at("a").listed_at) == (first, first)

    def test_a_schedule_whose_file_has_a_past_date_is_published(self, client, folder):
        later = utcnow() + timedelta(days=1)
        write(folder, {"a.md": post("A", date=later.isoformat())})
        imported(folder)
        write(folder, {"a.md": post("A")})
        imported(folder)
        found = at("a")
        assert (found.status, found.scheduled_at) == (PostStatus.PUBLISHED, None)
        assert found.published_at == found.listed_at == datetime(2024, 1, 2, tzinfo=UTC)
        assert client.get("/api/posts/slug/a").status_code == 200

    def test_a_schedule_made_here_of_a_post_with_a_past_date_stays(self, app, folder):
        write(folder, {"a.md": post("A")})
        imported(folder)
        later = utcnow() + timedelta(days=1)
        for date in ("2024-01-02", "2024-01-03", "2024-01-04"):
            change("a", status=PostStatus.SCHEDULED, scheduled_at=later, listed_at=later)
            write(folder, {"a.md": post("A", f"Of {date}.", date=date)})
            assert imported(folder).updated == ["a.md"]
            assert (at("a").status, at("a").scheduled_at) == (PostStatus.SCHEDULED, later)

    def test_a_schedule_made_here_stays(self, app, folder):
        write(folder, {"a.md": post("A", front="draft = true")})
        imported(folder)
        later = utcnow() + timedelta(days=1)
        change("a", status=PostStatus.SCHEDULED, scheduled_at=later, listed_at=later)
        write(folder, {"a.md": post("A 2", front="draft = true")})
        imported(folder)
        assert (at("a").status, at("a").scheduled_at, at("a").listed_at) == (
            PostStatus.SCHEDULED,
            later,
            later,
        )

    def test_the_instant_of_a_publication_here_stays(self, app, folder):
        write(folder, {"a.md": post("A", date="")})
        imported(folder)
        instant = utcnow()
        change("a", status=PostStatus.PUBLISHED, published_at=instant, listed_at=instant)
        write(folder, {"a.md": post("A 2", date="")})
        imported(folder)
        assert (at("a").status, at("a").published_at, at("a").listed_at) == (
            PostStatus.PUBLISHED,
            instant,
            instant,
        )


class TestRenamed:
    def test_a_renamed_file_with_its_old_address_goes_on_with_its_post(self, client, folder):
        write(folder, {"old.md": post("A"), "b.md": post("B", "[a](old.md)")})
        imported(folder)
        identity = at("old").id
        (folder / "old.md").rename(folder / "new.md")
        write(folder, {"new.md": post("A 2", front='aliases = ["/old"]'), "b.md": post("B", "[a](new.md)")})
        report = imported(folder)
        assert (report.created, sorted(report.updated)) == ([], ["b.md", "new.md"])
        assert (at("old").id, at("old").title, at("old").source) == (identity, "A 2", "new.md")
        assert "(/posts/old)" in at("b").body
        assert imported(folder).unchanged == 2

    def test_a_folder_that_moved_one_level_is_the_same_publication(self, app, folder):
        write(folder / "content", {"a.md": post("A"), "b.md": post("B")})
        imported(folder / "content")
        before = publication()
        write(folder, {"config.toml": 'base_url = "https://old.example"'})
        report = imported(folder)
        assert (report.created, len(report.updated)) == ([], 2)
        after = publication()
        assert after.keys() == before.keys()
        assert {found["id"] for found in after.values()} == {found["id"] for found in before.values()}

    def test_what_was_written_here_is_never_taken_for_a_file(self, app, folder):
        mine = create_post(slug="a", title="Mine")
        write(folder, {"a.md": post("Theirs", front='path = "/posts/a"')})
        report = imported(folder)
        assert (at("a").id, at("a").title, at("a-2").title) == (mine.id, "Mine", "Theirs")
        assert [note.reason for note in report.notes] == ["/posts/a already redirects to another post"]

    def test_two_files_never_become_one_post(self, app, folder):
        write(folder, {"old.md": post("Old")})
        imported(folder)
        (folder / "old.md").unlink()
        write(
            folder,
            {"x.md": post("X", front='aliases = ["/old"]'), "y.md": post("Y", front='aliases = ["/old"]')},
        )
        report = imported(folder)
        assert (report.updated, report.created) == (["x.md"], ["y.md"])
        assert titles() == {"X", "Y"}


class TestAddresses:
    def where(self, client, path):
        found = client.get("/api/redirects", query_string={"path": path})
        return found.json["slug"] if found.status_code == 200 else None

    def test_old_slugs_redirect(self, client, folder):
        write(folder, {"a.md": post("A", front='aliases = ["/posts/old-one", "/2014/x y.html"]')})
        imported(folder)
        moved = client.get("/api/posts/slug/old-one")
        assert (moved.status_code, moved.headers["Location"]) == (308, "/api/posts/slug/a")
        assert self.where(client, "/2014/x%20y.html") == "a"
        assert self.where(client, "/a") == "a"

    def test_an_address_of_another_post_stays_with_it(self, client, folder):
        write(folder, {"a.md": post("A", front='aliases = ["/x", "/posts/old"]')})
        imported(folder)
        create_post(slug="taken")
        write(
            folder,
            {"b.md": post("B", front='aliases = ["/x", "/posts/old", "/posts/taken", "/posts/a", "/y"]')},
        )
        report = imported(folder)
        assert [note.reason for note in report.notes] == [
            f"{path} already redirects to another post"
            for path in ("/posts/old", "/posts/taken", "/posts/a", "/x")
        ]
        assert [self.where(client, path) for path in ("/x", "/y")] == ["a", "b"]
        assert client.get("/api/posts/slug/old").headers["Location"] == "/api/posts/slug/a"

    def test_an_address_in_use_is_nobody_elses_former_one(self, client, folder):
        write(folder, {"a.md": post("A", front='aliases = ["/b", "/c"]'), "b.md": post("B")})
        report = imported(folder)
        assert [self.where(client, path) for path in ("/b", "/c")] == ["b", "a"]
        assert [note.reason for note in report.notes] == ["/b already redirects to another post"]

    @pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
    def test_an_address_that_moves_between_files(self, client, folder, names):
        old, new = names
        write(folder, {f"{old}.md": post("Old", front='aliases = ["/x"]'), f"{new}.md": post("New")})
        imported(folder)
        write(folder, {f"{old}.md": post("Old 2"), f"{new}.md": post("New 2", front='aliases = ["/x"]')})
        assert imported(folder).notes == []
        assert self.where(client, "/x") == new

    def test_an_address_goes_on_leading_to_a_post_whose_file_forgets_it(self, client, folder):
        write(folder, {"a.md": post("A", front='aliases = ["/x"]')})
        imported(folder)
        write(folder, {"a.md": post("A 2", front='path = "/elsewhere"')})
        imported(folder)
        assert [self.where(client, path) for path in ("/x", "/a", "/elsewhere")] == ["a", "a", "a"]

    def test_addresses_that_are_too_long_are_left_out(self, client, folder):
        write(folder, {"a.md": post("A", front=f'aliases = ["/{"x" * 500}", "/posts/{"x" * 121}"]')})
        assert imported(folder).problems == []
        assert self.where(client, f"/posts/{'x' * 121}") == "a"


def meanwhile(monkeypatch, do):
    """Have something happen after an import has looked at the database and before it writes."""
    posts, pending = SourceTree.posts, [do]

    def interrupted(tree):
        if pending:
            pending.pop()()
        yield from posts(tree)

    monkeypatch.setattr(SourceTree, "posts", interrupted)


class TestFailures:
    @pytest.fixture(autouse=True)
    def folder_of_five(self, folder):
        write(
            folder,
            {
                f"{name}.md": post(name, front='authors = ["Ann"]\n[taxonomies]\ntags = ["t"]')
                for name in "abcde"
            },
        )

    def test_a_post_that_cannot_be_rendered_is_listed(self, app, folder, monkeypatch):
        render = preparing.content_columns

        def fails(title, *rest):
            if title == "c":
                raise RecursionError("too deep")
            return render(title, *rest)

        monkeypatch.setattr(preparing, "content_columns", fails)
        report = imported(folder)
        assert report.problems == [("c.md", "cannot be rendered: RecursionError: too deep")]
        assert titles() == set("abde")

    def test_a_post_that_cannot_be_stored_does_not_lose_its_batch(self, app, folder, monkeypatch):
        give = batch_writer.set_post_tags

        def fails(post_id, tags):
            if db.session.get(Post, post_id).title == "c":
                raise ValueError("no room")
            give(post_id, tags)

        monkeypatch.setattr(batch_writer, "set_post_tags", fails)
        report = imported(folder)
        assert (report.problems, sorted(report.created)) == (
            [("c.md", "cannot be stored: ValueError: no room")],
            ["a.md", "b.md", "d.md", "e.md"],
        )
        assert titles() == set("abde")
        # What was made for the batch that was rolled back was made again.
        assert db.session.scalar(sa.select(User.id)) == at("a").author_id == at("e").author_id

    def test_a_slug_that_is_taken_meanwhile(self, app, folder, monkeypatch):
        meanwhile(monkeypatch, lambda: create_post(slug="c", title="Mine"))
        report = imported(folder)
        assert [(path, "run the import again" in reason) for path, reason in report.problems] == [
            ("c.md", True)
        ]
        assert titles() == {*"abde", "Mine"}
        assert imported(folder).created == ["c.md"]
        assert at("c-2").title == "c"

    def test_another_import_at_the_same_moment(self, app, folder, monkeypatch):
        meanwhile(monkeypatch, lambda: imported(folder))
        report = imported(folder)
        assert (report.created, report.unchanged, report.problems) == ([], 5, [])
        assert db.session.scalar(sa.select(sa.func.count(Post.id))) == 5

    def test_a_post_that_is_purged_meanwhile_comes_again(self, app, folder, monkeypatch):
        imported(folder)
        write(folder, {"c.md": post("c 2")})

        def purge():
            with transaction() as session:
                session.execute(sa.delete(Post).where(Post.slug == "c"))

        meanwhile(monkeypatch, purge)
        assert imported(folder).created == ["c.md"]
        assert at("c").title == "c 2"

    def test_imports_in_parallel_make_one_publication(self, app, folder, monkeypatch):
        monkeypatch.setattr(actions, "BATCH", 2)
        together = Barrier(3)

        def run(_):
            with app.app_context():
                tree = read_tree(folder)
                together.wait(60)
                return import_tree(tree, default_author_id=None)

        with ThreadPoolExecutor(3) as pool:
            reports = list(pool.map(run, range(3)))
        assert [report.problems for report in reports] == [[], [], []]
        assert sum(len(report.created) for report in reports) == 5
        db.session.remove()
        assert sorted(db.session.scalars(sa.select(Post.slug))) == [*"abcde"]
        assert db.session.scalar(sa.select(sa.func.count(User.id))) == 1

    def test_one_that_is_stopped_leaves_whole_batches_and_is_gone_on_with(self, app, folder, monkeypatch):
        monkeypatch.setattr(actions, "BATCH", 2)
        tree, done = read_tree(folder), []

        def stop(count):
            done.append(count)
            if len(done) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_tree(tree, default_author_id=None, progress=stop)
        assert titles() == set("abcd")
        report = imported(folder)
        assert (report.created, report.unchanged) == (["e.md"], 4)
