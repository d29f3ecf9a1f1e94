"""What the commands say, and with which status they end."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from service.app import create_app
from service.extensions import db
from service.models.media import Media
from service.models.posts import Post
from service.models.users import Role
from tests.conftest import alembic_config, empty_tables, on_sqlite, settings_on
from tests.factories import create_post, create_user
from tests.importing.publication import at, everything, imported, post, publication, write
from tests.importing.zips import in_memory_of
from tests.servers import ROOT

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/rust-blog/content"
UPGRADE = "run `flask --app wsgi db upgrade` first."


# A process tells its own peak: what its parent used counts in what its parent is told of it.
MEDIA = re.compile(r'src="(/media/[^"]+)"')
SHOWN_OR_LINKED = re.compile(r'(?:src|href)="(/media/[^"]+)"')
TELL_PEAK = """
import atexit, re, sys
from pathlib import Path
atexit.register(lambda: print(re.search("VmHWM.*", Path("/proc/self/status").read_text())[0], file=sys.stderr))
from flask.cli import main
main()
"""


@pytest.fixture
def run(app):
    """Run a command of the application under test."""
    return lambda *arguments: app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "site", {"a.md": post("A"), "b.md": post("B", "[a](a.md)")})


def run_on(url, var_dir, *arguments, **variables):
    """Run a command of an application with a database of its own."""
    app = create_app(settings_on(url, var_dir, **variables))
    with app.app_context():  # another application's may be active
        done = app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
        db.session.remove()
    with app.app_context():
        db.engine.dispose()
    return done


def in_a_sentence(done, *sentences):
    """Hold that a command failed and said just this."""
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit), done.exception
    said = [line for line in done.stderr.splitlines() if "[info" not in line]
    assert said == [*sentences]
    return True


class TestImport:
    def test_says_what_it_understood_and_did(self, run, folder):
        done = run("import-posts", folder)
        assert done.exit_code == 0
        understood, _, counted = done.stdout.splitlines()
        assert understood.startswith("Zola: 2 posts from 2024-01-02 to 2024-01-02, 0 of them drafts")
        assert counted == (
            "2 posts were created, 0 updated, 0 unchanged; 0 images; 0 files skipped; 0 files failed."
        )
        again = run("import-posts", folder).stdout
        assert "0 posts were created, 0 updated, 2 unchanged;" in again

    def test_takes_a_zip_archive_of_a_folder(self, run, folder, tmp_path):
        archive = tmp_path / "site.zip"
        archive.write_bytes(in_memory_of(folder))
        from_zip, first = run("import-posts", archive).stdout, everything()
        assert "2 posts were created" in from_zip
        assert "0 posts were created, 0 updated, 2 unchanged;" in run("import-posts", folder).stdout
        assert everything() == first

    def test_file_that_is_no_zip_archive(self, run, tmp_path):
        file = tmp_path / "post.md"
        file.write_text(post("A"))
        sentence = "Error: The file is not a zip archive, or it is damaged."
        assert in_a_sentence(run("import-posts", file), sentence)

    def test_what_could_not_be_taken_is_listed_and_tells_in_the_status(self, run, folder):
        write(folder, {"c.md": post("x" * 201), "d.md": post(date='"soon"'), "wiki.rst": "Title\n"})
        done = run("import-posts", folder)
        assert done.exit_code == 1
        assert "3 files failed." in done.stdout
        assert [line for line in done.stderr.splitlines() if line.startswith("error:")] == [
            "error: c.md: its title has more than 200 characters",
            "error: d.md: its date 'soon' is not a valid date",
            "error: wiki.rst: not Markdown (.rst)",
        ]
        assert sorted(publication()) == ["a", "b"]

    def test_dry_run_writes_nothing(self, run, folder):
        before = everything()
        done = run("import-posts", folder, "--dry-run")
        assert (done.exit_code, "2 posts would be created" in done.stdout) == (0, True)
        assert everything() == before

    def test_twenty_notes_unless_all_are_asked_for(self, run, tmp_path):
        write(tmp_path, {"a.md": post(body=" ".join(f"![]({n}.png)" for n in range(25)))})
        short = run("import-posts", tmp_path, "--dry-run").stdout
        assert (short.count("note: a.md: link to"), "... and 5 more notes" in short) == (20, True)
        assert run("import-posts", tmp_path, "--dry-run", "--verbose").stdout.count("note: a.md") == 25

    def test_the_author_of_posts_without_one(self, run, folder):
        create_user(username="eve")
        admins = [create_user(username=name, role=Role.ADMIN) for name in ("first", "second")]
        run("import-posts", folder)
        assert at("a").author_id == admins[0].id
        write(folder, {"a.md": post("A 2")})
        assert run("import-posts", folder, "--author", "SECOND").exit_code == 0
        assert at("a").author_id == admins[1].id

    def test_an_author_that_is_not_there(self, run, folder):
        done = run("import-posts", folder, "--author", "nobody")
        assert in_a_sentence(done, "Error: User 'nobody' not found.")
        assert publication() == {}

    def test_links_to_the_address_of_the_site(self, run, folder):
        write(folder, {"b.md": post("B", "[a](https://old.example/a/)")})
        run("import-posts", folder, "--site-url", "https://old.example/")
        assert "(/posts/a)" in at("b").body

    def test_a_folder_without_posts(self, run, tmp_path):
        write(tmp_path / "empty", {"p.png": b""})
        assert in_a_sentence(
            run("import-posts", tmp_path / "empty"), f"Error: No posts found in {tmp_path}/empty."
        )
        assert run("import-posts", tmp_path / "nowhere").exit_code == 2


class TestDatabase:
    @pytest.mark.parametrize(
        "arguments",
        [["import-posts", "site"], ["import-posts", "site", "--dry-run"], ["export-posts", "out"]],
    )
    def test_without_tables(self, empty_database_url, folder, tmp_path, arguments):
        name, path, *options = arguments
        done = run_on(empty_database_url, tmp_path / "var", name, tmp_path / path, *options)
        assert in_a_sentence(done, f"Error: The database has no tables; {UPGRADE}")
        if empty_database_url.startswith("sqlite"):
            assert not Path(sa.make_url(empty_database_url).database).exists()

    def test_of_an_older_revision(self, empty_database_url, folder, tmp_path):
        config = alembic_config(settings_on(empty_database_url, tmp_path))
        command.upgrade(config, "head")
        command.downgrade(config, "-1")
        done = run_on(empty_database_url, tmp_path, "import-posts", folder)
        assert (done.exit_code, "Traceback" in done.output) == (1, False)
        assert done.stderr.strip().splitlines()[-1].startswith("Error: Pending migrations: ")
        assert done.stderr.strip().endswith(UPGRADE)

    def test_that_is_locked(self, app, database_url, folder, tmp_path):
        options = {"DATABASE_BUSY_TIMEOUT_S": "0.2", "DATABASE_LOCK_TIMEOUT_S": "0.2"}
        with locked(database_url):
            done = run_on(database_url, tmp_path, "import-posts", folder, **options)
        assert in_a_sentence(
            done,
            "Error: The database is locked or cannot be reached. 0 posts were created, 0 updated so far. "
            "Run the import again to continue.",
        )
        assert run_on(database_url, tmp_path, "import-posts", folder, **options).exit_code == 0
        assert sorted(publication()) == ["a", "b"]

    @on_sqlite
    def test_that_is_not_there(self, database_kind, folder, tmp_path):
        nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
        for arguments in (
            ["import-posts", folder],
            ["import-posts", folder, "--dry-run"],
            ["export-posts", tmp_path / "out"],
        ):
            done = run_on(nowhere, tmp_path, *arguments)
            assert in_a_sentence(done, "Error: The database is locked or cannot be reached.")


@contextlib.contextmanager
def locked(url):
    """Keep everybody else from writing posts."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            connection.connection.dbapi_connection.isolation_level = None
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE posts IN EXCLUSIVE MODE")
        yield
        connection.rollback()
    engine.dispose()


class TestExport:
    def test_counts(self, run, tmp_path):
        create_post(slug="a")
        done = run("export-posts", tmp_path / "out")
        assert (done.exit_code, done.stdout) == (0, f"Exported 1 post and 0 images to {tmp_path}/out.\n")
        assert (tmp_path / "out/a.md").is_file()

    def test_a_folder_that_is_not_empty(self, run, tmp_path):
        write(tmp_path, {"mine.txt": "x"})
        assert in_a_sentence(
            run("export-posts", tmp_path), f"Error: {tmp_path} is not empty. Choose a new folder."
        )

    def test_a_folder_that_cannot_be_made(self, run, tmp_path):
        write(tmp_path, {"file": "x"})
        done = run("export-posts", tmp_path / "file" / "out")
        assert in_a_sentence(done, f"Error: Cannot write {tmp_path}/file/out: Not a directory.")


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not at {CORPUS}")
class TestRealBlog:
    """750 posts of a real blog, with the command as people run it."""

    @on_sqlite
    def test_comes_in_goes_out_and_comes_in_again(self, database_kind, tmp_path):
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "VAR_DIR": str(tmp_path / "var"),
        }

        def flask(*arguments):
            command = [sys.executable, "-c", TELL_PEAK, "--app", "wsgi", *map(str, arguments)]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
            )
            assert done.returncode == 0, done.stderr
            return done.stdout, int(done.stderr.split("VmHWM:")[1].split()[0]) / 1024

        flask("db", "upgrade")
        first, peak_mib = flask("import-posts", CORPUS)
        assert "750 posts were created, 0 updated, 0 unchanged; 236 images; 4 files skipped; 0 files" in first
        assert peak_mib < 300

        app = create_app(settings_on(f"sqlite:///{tmp_path}/var/colophon.sqlite3", tmp_path / "var"))
        with app.app_context():
            before, rows = publication(), everything()
            second, _ = flask("import-posts", CORPUS)
            assert "0 posts were created, 0 updated, 750 unchanged;" in second
            assert everything() == rows
            found = db.session.scalar(sa.select(Post.slug).where(Post.source == "Rust-1.12/index.md"))
            db.session.remove()  # and with it its transaction
            client = app.test_client()
            redirect = client.get("/api/redirects?path=/2016/09/29/Rust-1.12.html")
            assert redirect.json["slug"] == found == "rust-1-12"
            html = client.get(f"/api/posts/slug/{found}").json["body_html"]
            assert len(MEDIA.findall(html)) == 3
            types = dict(db.session.execute(sa.select(Media.name, Media.media_type)).all())
            bodies = db.session.scalars(sa.select(Post.body_html)).all()
            db.session.remove()
            shown = {path for html in bodies for path in SHOWN_OR_LINKED.findall(html)}
            assert len(shown) == len(types) == 236
            for path in shown:
                answer = client.get(path, buffered=True)
                assert (answer.status_code, answer.content_type) == (200, types[path.removeprefix("/media/")])

            flask("export-posts", tmp_path / "out")
            empty_tables()
            assert imported(tmp_path / "out").problems == []
            assert publication() == before
            db.engine.dispose()
