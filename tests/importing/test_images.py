"""The images of a tree become media: once each, with their texts, as bodies, covers and images for sharing."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from service.config import settings
from service.core.database import transaction
from service.core.storage import StorageUnavailable, open_storage, store_image
from service.extensions import db
from service.importing import batch_writer, tree_media
from service.importing.actions import ImportInterrupted, import_tree
from service.importing.trees import read_tree
from service.media.actions import delete_unused
from service.models.jobs import Job
from service.models.media import Media, MediaRole, MediaUse, StoredFile
from service.models.posts import Post
from service.models.users import Role
from tests.factories import create_user
from tests.importing.publication import (
    at,
    imported,
    imported_tree,
    media_names,
    png,
    post,
    publication,
    show,
    uploaded,
    write,
)


@pytest.fixture
def folder(app, tmp_path):
    return tmp_path / "site"


def media(name="name"):
    """Return a column of all media, the oldest first."""
    db.session.remove()
    return db.session.scalars(sa.select(getattr(Media, name)).order_by(Media.id)).all()


def shown(slug):
    """Return the digests of cover, card and images of a post."""
    facts = publication()[slug]
    urls = (facts["cover"], facts["card"], *facts["images"])
    return [image and image["url"] for image in urls]


def stored():
    """Return the names in the storage, which all tests share."""
    return {file.name for file in open_storage().names()}


def digest(data):
    return f"/media/sha256-{hashlib.sha256(data).hexdigest()[:12]}.png"


class TestBody:
    def test_the_same_bytes_are_one_media_over_posts_paths_and_imports(self, folder):
        files = {f"{name}/index.md": post(name, "![x](p.png)") for name in "ab"}
        write(folder, {**files, "a/p.png": png(), "b/p.png": png(), "c.md": post("C", "![](a/p.png)")})
        assert imported(folder).new_images == 1
        names = media_names()
        write(folder, {"a/index.md": post("A 2", "![x](p.png)"), "d.md": post("D", "![](b/p.png)")})
        report = imported(folder)
        assert (report.updated, report.created, report.new_images) == (["a/index.md"], ["d.md"], 0)
        assert media_names() == names
        assert len(names) == 1
        assert {at(slug).images[0]["url"] for slug in "abcd"} == {f"/media/{names[0]}"}

    def test_what_was_uploaded_before_is_found_and_keeps_its_texts(self, folder):
        there = uploaded(png(), "mine.png", alt_text="Mine")
        write(folder, {"a.md": post("A", "![other](p.png)"), "p.png": png()})
        assert imported(folder).new_images == 0
        assert at("a").body == f"![other](/media/{there.name})\n"
        assert media("alt_text") == ["Mine"]

    def test_a_file_of_an_import_before_there_were_media_keeps_its_name(self, folder):
        name = store_image(open_storage(), png()).name
        with transaction() as session:
            session.add(StoredFile(name=name, media_type="image/png", size_bytes=len(png())))
        write(folder, {"a.md": post("A", "![x](p.png)"), "p.png": png()})
        assert imported(folder).new_images == 1
        assert media_names() == [name]
        assert at("a").body == f"![x](/media/{name})\n"

    def test_alt_text_and_file_name_come_from_the_post(self, folder):
        write(
            folder,
            {
                "a.md": post("A", '![](p.png)\n\n![A *red* &amp; <b>blue</b> "fox"][f]\n\n[f]: p.png'),
                "p.png": png(),
            },
        )
        imported(folder)
        assert media("alt_text") == ['A red & blue "fox"']
        assert media("file_name") == ["p.png"]

    def test_belongs_to_who_imports_and_is_rendered_behind_other_work(self, folder):
        root = create_user(role=Role.ADMIN)
        write(folder, {"a.md": post("A", "![](p.png)"), "p.png": png()})
        tree = read_tree(folder)
        import_tree(tree, default_author_id=None, uploader_id=root.id)
        assert media("uploader_id") == [root.id]
        job = db.session.scalars(sa.select(Job).where(Job.task.like("media.render%"))).one()
        assert (job.task, job.payload) == ("media.render_imported", {"media_id": str(media("id")[0])})

    def test_an_attachment_comes_along(self, folder):
        write(folder, {"a.md": post("A", "[b](b.pdf)"), "b.pdf": b"%PDF-1.4\n"})
        assert imported(folder).notes == []
        (name,) = media_names()
        assert at("a").body == f"[b](/media/{name})\n"
        assert name.endswith(".pdf")

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "The file is empty"),
            (png()[:40], ""),
            (b"<html>", "it is no image"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG files are not accepted"),
        ],
    )
    def test_what_is_refused_is_noted_once_and_the_post_comes(self, folder, data, reason):
        before, body = stored(), "![x](p.png) ![y](p.png)"
        write(folder, {"a.md": post("A", body, front='[extra]\nimage = "p.png"'), "p.png": data})
        report = imported(folder)
        assert (report.created, report.problems, media_names()) == (["a.md"], [], [])
        in_body, cover = (note.reason for note in report.notes)
        assert in_body.startswith("image p.png: ")
        assert cover.startswith("cover p.png: ")
        assert reason in in_body
        assert reason in cover
        assert at("a").body == body + "\n"
        assert stored() == before

    def test_one_that_is_too_large_is_not_read_to_its_end(self, folder, app, monkeypatch):
        limit = settings().media_max_bytes
        write(folder, {"a.md": post("A", "![x](p.png)")})
        with (folder / "p.png").open("wb") as file:
            file.write(png())
            file.truncate(limit + 1)
        (note,) = imported(folder).notes
        assert note.reason == f"image p.png: larger than {limit // 1_000_000} MB"


class TestCover:
    @pytest.mark.parametrize(
        ("path", "front", "image"),
        [
            ("content/a/index.md", '[extra]\nimage = "c.png"', "content/a/c.png"),
            ("content/a.md", '[extra]\nimage = "/c.png"', "static/c.png"),
            ("content/a.md", '[extra]\nimage = "img/c.png"', "static/img/c.png"),
            ("content/a.md", '[extra]\nimage = "https://me.example/c.png"', "static/c.png"),
        ],
    )
    def test_from_where_generators_find_it(self, folder, path, front, image):
        files = {"zola.toml": 'base_url = "https://me.example"', path: post("A", front=front), image: png()}
        report = imported(write(folder, files))
        assert (report.notes, report.new_images) == ([], 1)
        assert shown("a") == [digest(png()), None]

    def test_of_a_hugo_bundle_by_its_name(self, folder):
        write(
            folder,
            {
                "hugo.toml": 'baseURL = "https://me.example"\n',
                "content/a/index.md": post("A"),
                "content/a/cover.png": png(1),
                "content/a/feature-wide.png": png(2),
                "content/b.md": post("B"),
                "content/feature.png": png(3),
            },
        )
        assert imported(folder).notes == []
        assert (shown("a"), shown("b")) == ([digest(png(2)), None], [None, None])

    def test_texts_and_the_image_for_sharing(self, folder):
        front = "[extra]\nog_image = 'o.png'\n[extra.cover]\nimage = 'c.png'\nalt = 'A'\ncaption = 'C'\ncredit = 'Ann'"
        write(folder, {"a.md": post("A", front=front), "c.png": png(1), "o.png": png(2)})
        assert imported(folder).notes == []
        assert shown("a") == [digest(png(1)), digest(png(2))]
        cover = at("a").cover
        assert (cover["alt_text"], cover["caption"], cover["credit"]) == ("A", "C", "Ann")
        roles = db.session.scalars(sa.select(MediaUse.role).order_by(MediaUse.role)).all()
        assert roles == [MediaRole.CARD, MediaRole.COVER]

    @pytest.mark.parametrize(
        ("named", "reason"),
        [
            ("https://cdn.example/x.png", "it is on another site, and was not imported"),
            ("//cdn.example/x.png", "it is on another site, and was not imported"),
            ("gone.png", "not found in the folder"),
            ("b.md", "not found in the folder"),
            ("c.svg", "file type not imported"),
            ("../../etc/x.png", "not found in the folder"),
        ],
    )
    def test_that_does_not_come_is_noted_and_kept_in_extra(self, folder, named, reason):
        write(
            folder,
            {"a.md": post("A", front=f'[extra]\nimage = "{named}"'), "b.md": post("B"), "c.svg": "<svg/>"},
        )
        report = imported(folder)
        assert [note.reason for note in report.notes] == [f"cover {named}: {reason}"]
        assert at("a").cover_id is None
        assert at("a").extra["image"] == named

    def test_one_chosen_here_stays_until_the_file_names_another(self, folder):
        write(folder, {"a.md": post("A", front='[extra]\nimage = "c.png"'), "c.png": png(1), "d.png": png(2)})
        imported(folder)
        mine = uploaded(png(3))
        show(at("a"), cover_id=mine.id, cover_alt_text="Mine")
        write(folder, {"a.md": post("A 2", front='[extra]\nimage = "c.png"')})
        imported(folder)
        assert (at("a").title, at("a").cover_id, at("a").cover["alt_text"]) == ("A 2", mine.id, "Mine")
        write(folder, {"a.md": post("A 3", front='[extra]\nimage = "d.png"')})
        imported(folder)
        assert shown("a") == [digest(png(2)), None]
        assert at("a").cover_alt_text is None
        write(folder, {"a.md": post("A 4")})
        imported(folder)
        assert shown("a") == [None, None]


class TestNothingHalf:
    def test_a_post_that_cannot_be_written_leaves_no_media(self, folder, monkeypatch):
        apply = batch_writer.apply_columns

        def fails(row, columns):
            if columns["title"] == "A":
                raise RuntimeError("no")
            apply(row, columns)

        monkeypatch.setattr(batch_writer, "apply_columns", fails)
        write(
            folder,
            {
                "a.md": post("A", "![](p.png) ![](q.png)"),
                "b.md": post("B", "![](q.png)"),
                "p.png": png(1),
                "q.png": png(2),
            },
        )
        report = imported(folder)
        assert ([path for path, _ in report.problems], report.created, report.new_images) == (
            ["a.md"],
            ["b.md"],
            1,
        )
        assert media("file_name") == ["q.png"]
        monkeypatch.undo()
        assert (imported(folder).created, media("file_name")) == (["a.md"], ["q.png", "p.png"])

    def test_one_in_the_trash_brings_no_media(self, folder):
        write(folder, {"a.md": post("A")})
        imported(folder)
        with transaction() as session:
            session.execute(sa.update(Post).values(trashed_at=sa.func.now()))
        write(folder, {"a.md": post("A 2", "![](p.png)"), "p.png": png()})
        assert imported(folder).new_images == 0
        assert media_names() == []

    def test_a_file_that_is_deleted_meanwhile_fails_its_post_alone(self, folder, monkeypatch):
        uploaded(png())
        write(folder, {"a.md": post("A", "![](p.png)"), "b.md": post("B"), "p.png": png()})
        rows = batch_writer.MediaRows

        def delete_before(files, uploader_id):
            for row in db.session.scalars(sa.select(Media)):
                delete_unused(row)
            return rows(files, uploader_id)

        monkeypatch.setattr(batch_writer, "MediaRows", delete_before)
        report = imported(folder)
        assert report.created == ["b.md"]
        assert report.problems == [("a.md", "an image of it was deleted during the import; run it again")]

    def test_a_dry_run_counts_and_stores_nothing(self, folder):
        write(
            folder,
            {
                "a.md": post("A", "![](p.png)", front='[extra]\nimage = "q.png"'),
                "b.md": post("B", "![](p.png)"),
                "p.png": png(1),
                "q.png": png(2),
            },
        )
        before = stored()
        dry = imported_tree(read_tree(folder), dry_run=True)
        assert (dry.new_images, len(dry.images)) == (2, 2)
        assert (media_names(), stored()) == ([], before)
        assert dry == imported(folder)

    def test_nothing_is_left_of_the_copies(self, folder):
        write(folder, {"a.md": post("A", "![](p.png) ![](q.png)"), "p.png": png(), "q.png": b"no"})
        imported(folder)
        uploads = settings().upload_dir
        assert [*uploads.iterdir()] == []


class TestStorage:
    def test_that_fails_stops_the_import_which_is_gone_on_with(self, folder, monkeypatch):
        write(folder, {"a.md": post("A"), "b.md": post("B", "![](p.png)"), "p.png": png()})

        def fails(_inspected):
            raise StorageUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(tree_media, "store_file", fails)
            with pytest.raises(ImportInterrupted) as stopped:
                imported(folder)
        assert "storage" in stopped.value.reason
        report = imported(folder)
        assert (report.created, len(media_names())) == (["a.md", "b.md"], 1)


class TestDetails:
    def test_beside_an_image_are_its_texts(self, folder):
        details = 'alt_text = "A"\ncaption = "C"\ncredit = "Ann"\nfile_name = "Foto ü.png"\n'
        details += "[focal_point]\nx = 0\ny = 100\n"
        write(folder, {"a.md": post("A", "![b](p.png)"), "p.png": png(), "p.png.toml": details})
        assert imported(folder).notes == []
        (row,) = db.session.scalars(sa.select(Media)).all()
        assert (row.alt_text, row.caption, row.credit, row.file_name) == ("A", "C", "Ann", "Foto ü.png")
        assert (row.focal_x, row.focal_y) == (0, 100)

    @pytest.mark.parametrize(
        "details",
        [
            "alt_text = 7",
            "focal_point = 3",
            "[focal_point]\nx = 101\ny = 0",
            "[focal_point]\nx = true\ny = 0",
            "x =",
            b"\xff",
        ],
    )
    def test_of_another_program_do_not_count(self, folder, details):
        write(folder, {"a.md": post("A", "![b](p.png)"), "p.png": png(), "p.png.toml": details})
        assert imported(folder).created == ["a.md"]
        assert (media("alt_text"), media("focal_x")) == (["b"], [50])
