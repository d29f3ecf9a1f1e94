"""Initial setup: the first start creates what is missing, later ones change nothing."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

import service.hello.routes
from service.app import create_app
from service.bootstrap import administrator, demo_data
from service.core.passwords import verify_password
from service.extensions import db
from service.models.base import utcnow
from service.models.comments import Comment
from service.models.jobs import Job
from service.models.posts import Post, PostSlug, PostStatus, Redirect
from service.models.users import Role, User
from tests.accounts import create_account
from tests.conftest import alembic_config, on_sqlite, settings_on
from tests.factories import create_post
from tests.importing.publication import everything, imported, post, write
from tests.servers import ROOT

DEMO = demo_data.DEMO
PASSWORD = re.compile(r"^Administrator: (\S+), password (\S+) \(saved in (.+)\)$", re.MULTILINE)


@pytest.fixture
def first(empty_database_url, tmp_path):
    """Return an application on a database without tables, in its application context."""
    app = create_app(settings_on(empty_database_url, tmp_path / "var"))
    with app.app_context():
        yield app
        db.session.remove()
    with app.app_context():
        db.engine.dispose()


def start(app):
    """Run `flask bootstrap`, as `make run` does before it serves; return its output."""
    result = app.test_cli_runner().invoke(args=["bootstrap"])
    assert result.exit_code == 0, (result.output, result.exception)
    db.session.remove()
    return result.stdout


class TestFirstStart:
    def test_makes_an_administrator_who_can_log_in(self, first, tmp_path):
        output = start(first)
        email, password, file = PASSWORD.search(output).groups()
        assert Path(file).read_text() == f"e-mail: {email}\npassword: {password}\n"
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
        response = first.test_client().post("/api/auth/login", json={"email": email, "password": password})
        assert (response.status_code, response.json["user"]["role"]) == (200, "admin")
        assert len(password) >= 20

    def test_shows_posts_with_their_image_tags_and_comments(self, first):
        assert "Created 9 demo posts" in start(first)
        client = first.test_client()
        posts = client.get("/api/posts").json
        assert len(posts) == 5
        assert {listed["author"]["display_name"] for listed in posts} == {"Nora Castellan", "Tomas Reed"}
        assert all(listed["tags"] and listed["excerpt"] for listed in posts)
        whole = client.get("/api/posts/slug/one-fact-in-one-place").json
        (image,) = re.findall(r'src="(/media/[^"]+)"', whole["body_html"])
        assert client.get(image, buffered=True).data == (DEMO / "one-declaration.png").read_bytes()
        comments = client.get(f"/api/posts/{whole['id']}/comments").json
        assert [comment["depth"] for comment in comments] == [0, 1]

    def test_links_of_the_demo_lead_to_its_posts(self, first):
        start(first)
        slugs = set(db.session.scalars(sa.select(Post.slug)))
        db.session.remove()
        links = {
            link
            for html in db.session.scalars(sa.select(Post.body_html))
            for link in re.findall(r'href="/posts/([^"#]+)', html)
        }
        assert len(links) >= 4
        assert links <= slugs

    def test_states_of_the_demo(self, first):
        start(first)
        states = dict(db.session.execute(sa.select(Post.slug, Post.status)).all())
        assert states["how-we-used-to-document"] is PostStatus.ARCHIVED
        assert states["what-the-margins-are-for"] is PostStatus.DRAFT
        assert sorted(states.values()).count(PostStatus.PUBLISHED) == 5
        assert sorted(states.values()).count(PostStatus.SCHEDULED) == 2
        assert (
            first.test_client().get("/api/posts/slug/what-the-margins-are-for").status_code,
            first.test_client().get("/api/posts/slug/how-we-used-to-document").status_code,
        ) == (404, 200)

    def test_scheduled_posts_of_the_demo_are_published_at_their_time(self, first):
        start(first)
        scheduled = sa.select(Post.slug, Post.scheduled_at).where(Post.status == PostStatus.SCHEDULED)
        posts = db.session.execute(scheduled.order_by(Post.scheduled_at)).all()
        plan = tomllib.loads((DEMO / "schedule.toml").read_text())
        assert {post.slug for post in posts} == plan.keys()
        assert all(post.scheduled_at > utcnow() and post.scheduled_at.hour == 8 for post in posts)
        # The worker looks then, and not an hour later.
        due = sa.select(Job.due_at).where(Job.task == "posts.publish_scheduled")
        assert db.session.scalar(due) == posts[0].scheduled_at

    def test_the_demo_is_nobodys_file_and_has_no_other_address(self, first, tmp_path):
        start(first)
        (name,) = (path.name for path in DEMO.glob("errors*.md"))
        write(tmp_path / "mine", {name: post("Mine")})
        assert imported(tmp_path / "mine").created == [name]
        assert db.session.scalar(sa.select(sa.func.count(Post.id))) == 10
        leads = sa.select(sa.func.count()).select_from
        assert (db.session.scalar(leads(PostSlug)), db.session.scalar(leads(Redirect))) == (0, 1)

    def test_says_nothing_of_alembics(self, empty_database_url, tmp_path):
        result = flask(empty_database_url, tmp_path, "bootstrap")
        assert (result.returncode, result.stderr) == (0, "")
        beginnings = [line.split()[0] for line in result.stdout.splitlines()]
        assert beginnings == ["Administrator:", "Created"]

    def test_not_in_production(self, empty_database_url, tmp_path):
        production = {"FLASK_ENV": "production", "PUBLIC_URL": "https://blog.example.org"}
        result = flask(empty_database_url, tmp_path, "bootstrap", **production)
        assert (result.returncode, "Administrator: " in result.stdout, "demo" in result.stdout) == (
            0,
            True,
            False,
        )


class TestLaterStart:
    def test_changes_nothing(self, first, tmp_path):
        start(first)
        rows = everything()
        files = {
            path: path.stat().st_mtime_ns
            for path in (tmp_path / "var").rglob("*")
            if "sqlite" not in path.name
        }
        assert start(first) == "Nothing to set up: the database is up to date.\n"
        assert everything() == rows
        assert files == {path: path.stat().st_mtime_ns for path in files}

    def test_does_not_bring_the_demo_back(self, first):
        start(first)
        db.session.execute(sa.delete(Comment))
        db.session.execute(sa.delete(Post))
        db.session.commit()
        assert "demo" not in start(first)
        assert db.session.scalar(sa.select(sa.func.count(Post.id))) == 0

    @on_sqlite
    def test_costs_hardly_more_than_any_command(self, empty_database_url, tmp_path):
        def cpu_s(*command):
            before = os.times().children_user
            assert flask(empty_database_url, tmp_path, *command).returncode == 0
            return os.times().children_user - before

        cpu_s("bootstrap")
        # As much again as making the application would be too much. A busy machine asks for another try, no more.
        ratios = (cpu_s("bootstrap") / cpu_s("routes") for _ in range(5))
        assert any(ratio < 1.5 for ratio in ratios)


class TestDatabaseThatWasThere:
    def test_an_older_one_is_brought_up_to_date_and_said_to_be(self, first, empty_database_url, tmp_path):
        start(first)
        config = alembic_config(settings_on(empty_database_url, tmp_path / "var"))
        db.session.remove()
        command.downgrade(config, "-1")
        assert start(first) == "Database migrations applied.\n"

    def test_with_posts_and_without_an_administrator_gets_no_demo(self, app, tmp_path):
        create_account()
        create_post(trashed_at=utcnow())
        output = start(app)
        assert ("Administrator: " in output, "demo" in output) == (True, False)
        assert db.session.scalar(sa.select(sa.func.count(Post.id))) == 1

    def test_with_an_administrator_of_its_own(self, app):
        create_account(role=Role.ADMIN)
        before = everything()
        assert start(app) == "Nothing to set up: the database is up to date.\n"
        assert everything() == before


class TestAdministratorFile:
    def test_one_of_a_start_that_was_cut_short_is_used(self, first, tmp_path):
        file = tmp_path / "var/administrator.txt"
        write(tmp_path, {"var/administrator.txt": "e-mail: x\npassword: kept-from-before\n"})
        assert PASSWORD.search(start(first)).groups() == (administrator.EMAIL, "kept-from-before", str(file))
        admin = db.session.scalars(sa.select(User).where(User.role == Role.ADMIN)).one()
        assert verify_password(admin.password_hash, "kept-from-before")

    def test_one_without_a_password_is_named(self, first, tmp_path, monkeypatch):
        monkeypatch.setattr(administrator, "WRITTEN_WITHIN_S", 0.1)
        write(tmp_path, {"var/administrator.txt": "mine\n"})
        result = first.test_cli_runner().invoke(args=["bootstrap"])
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (
            1,
            f"Error: {tmp_path}/var/administrator.txt has no line `password: ...`. Delete the file and start again.",
        )
        assert (tmp_path / "var/administrator.txt").read_text() == "mine\n"


class TestTwoStartsAtOnce:
    @pytest.mark.parametrize("apart", [False, True])
    def test_make_one_administrator_and_one_demo(self, empty_database_url, first, tmp_path, apart):
        folders = [tmp_path / f"var{number if apart else ''}" for number in range(3)]
        begun = [begin(empty_database_url, folder, "bootstrap") for folder in folders]
        outputs = [process.communicate(timeout=300) for process in begun]
        assert [process.returncode for process in begun] == [0, 0, 0], outputs
        (credentials,) = (match for out, _ in outputs if (match := PASSWORD.search(out)))
        admin = db.session.scalars(sa.select(User).where(User.role == Role.ADMIN)).one()
        assert verify_password(admin.password_hash, credentials[2])
        assert sum("demo posts" in out for out, _ in outputs) == 1
        assert db.session.scalar(sa.select(sa.func.count(Post.id))) == 9


class TestDemo:
    """Statements about the service in the demo posts are true."""

    def test_its_code_is_the_code(self):
        text = (DEMO / "one-fact-in-one-place.md").read_text()
        code = text.split("```python\n")[1].split("```")[0]
        assert code in Path(service.hello.routes.__file__).read_text()

    def test_its_errors_are_those_of_the_service(self, first):
        start(first)
        text = (DEMO / "errors-you-can-program-against.md").read_text()
        client = first.test_client()
        file = first.extensions["settings"].var_dir / "administrator.txt"
        account = {"email": administrator.EMAIL, "password": file.read_text().split()[-1]}
        token = client.post("/api/auth/login", json=account).json["access_token"]
        head = {"Authorization": f"Bearer {token}"}
        taken = {"title": "x", "body": "", "slug": "one-fact-in-one-place"}
        shown, listed = text.split("```json\n")[1:]
        assert client.post("/api/posts", json=taken, headers=head).json == _json(shown)
        refused = client.post("/api/posts", json={"title": "", "body": ""}, headers=head).json
        assert _json("{" + listed.split("```")[0] + "}```")["errors"][0] in refused["errors"]

    def test_its_calls_work(self, first):
        start(first)
        text = (DEMO / "from-draft-to-published.md").read_text()
        client, variables = first.test_client(), {"TOKEN": "", "ID": ""}
        statuses = []
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            call = block
            for name, value in variables.items():
                call = call.replace(f"${name}", value)
            path = re.search(r"127\.0\.0\.1:8000(\S+)", call)[1]
            body = re.search(r"-d '(.*)'", call)
            head = dict(re.findall(r"-H [\"']([\w-]+): ([^\"']+)[\"']", call))
            response = client.post(path, data=body[1] if body else None, headers=head)
            statuses.append(response.status_code)
            variables["TOKEN"] = response.json.get("access_token", variables["TOKEN"])
            variables["ID"] = str(response.json.get("id", ""))
        assert statuses == [201, 200, 201, 200]
        assert "on-commas" in [listed["slug"] for listed in client.get("/api/posts").json]

    def test_its_comments_are_by_its_authors(self):
        threads = tomllib.loads((DEMO / "comments.toml").read_text())
        assert {path.stem for path in DEMO.glob("*.md")} >= threads.keys()


def _json(text):
    return json.loads(text.split("```")[0])


def begin(url, var_dir, *arguments, **variables):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**inherited, "DATABASE_URL": url, "VAR_DIR": str(var_dir), **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def flask(url, var_dir, *arguments, **variables):
    process = begin(url, var_dir, *arguments, **variables)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)
