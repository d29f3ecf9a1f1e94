"""A folder is read whole, in bounds, and nothing outside it is opened."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from service.importing import files
from service.importing.files import MAX_FILE_BYTES, UnreadableTree
from service.importing.records import FileLink, PostLink, SourceImage
from service.importing.trees import read_tree

HEAD = '+++\ntitle = "T"\ndate = 2024-01-02\n+++\n'


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def reasons(tree):
    return dict(tree.problems)


class TestRefusals:
    def test_each_file_has_its_reason(self, tmp_path):
        write(
            tmp_path,
            {
                "good.md": HEAD + "Text.",
                "latin.md": HEAD.encode() + b"caf\xe9",
                "binary.md": HEAD + "a\0b",
                "large.md": HEAD + "x" * MAX_FILE_BYTES,
                "broken.md": "+++\ntitle = \n+++\n",
                "when.md": '+++\ntitle = "T"\ndate = "soon"\n+++\n',
                "wiki.rst": "Title\n=====\n",
            },
        )
        tree = read_tree(tmp_path)
        found = reasons(tree)
        assert [post.source_path for post in tree.posts()] == ["good.md"]
        assert found.keys() == {"latin.md", "binary.md", "large.md", "broken.md", "when.md", "wiki.rst"}
        assert f"not UTF-8 (byte {len(HEAD) + 3})" in found["latin.md"]
        assert "NUL" in found["binary.md"]
        assert found["large.md"] == "larger than 2 MB"
        assert "TOML does not parse" in found["broken.md"]
        assert "'soon'" in found["when.md"]
        assert found["wiki.rst"] == "not Markdown (.rst)"

    def test_links_out_of_the_folder(self, tmp_path):
        write(
            tmp_path,
            {"out/secret.md": HEAD + "Secret.", "out/secret.png": b"x", "in/a.md": HEAD + "![x](p.png)"},
        )
        inside = tmp_path / "in"
        (inside / "file.md").symlink_to(tmp_path / "out/secret.md")
        (inside / "folder").symlink_to(tmp_path / "out")
        (inside / "p.png").symlink_to(tmp_path / "out/secret.png")
        (inside / "nowhere.md").symlink_to(tmp_path / "missing.md")
        (inside / "self.md").symlink_to(inside / "self.md")
        (inside / "fine.md").symlink_to(inside / "a.md")
        tree = read_tree(inside)
        posts = [*tree.posts()]
        assert [(post.source_path, post.images) for post in posts] == [("a.md", ())]
        assert reasons(tree).keys() == {"file.md", "folder", "p.png", "nowhere.md", "self.md"}
        assert {*reasons(tree).values()} == {"a link that leads out of the folder, or nowhere"}

    def test_a_file_that_becomes_a_link_meanwhile(self, tmp_path):
        write(tmp_path, {"in/a.md": HEAD + "A.", "in/b.md": HEAD + "B.", "out.md": HEAD + "A."})
        tree = read_tree(tmp_path / "in")
        (tmp_path / "in/a.md").unlink()
        (tmp_path / "in/a.md").symlink_to(tmp_path / "out.md")
        assert [post.body for post in tree.posts()] == ["B."]
        assert "cannot be read" in reasons(tree)["a.md"]

    def test_a_file_that_changes_meanwhile(self, tmp_path):
        write(tmp_path, {"a.md": HEAD + "A."})
        tree = read_tree(tmp_path)
        write(tmp_path, {"a.md": HEAD + "B."})
        assert [*tree.posts()] == []
        assert reasons(tree) == {"a.md": "changed while the folder was read"}

    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.md")
        assert reasons(read_tree(tmp_path)) == {"pipe.md": "not a regular file"}

    def test_a_name_that_is_not_utf8(self, tmp_path):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_text(HEAD)
        assert reasons(read_tree(tmp_path)) == {"�.md": "its name is not UTF-8"}

    def test_folders_without_end(self, tmp_path):
        write(tmp_path, {"/".join(["d"] * 40) + "/a.md": HEAD, "b.md": HEAD})
        tree = read_tree(tmp_path)
        assert len(tree) == 1
        assert [*reasons(tree).values()] == ["more than 32 folders deep"]

    @pytest.mark.parametrize("name", ["missing", "file.md"])
    def test_no_folder(self, tmp_path, name):
        write(tmp_path, {"file.md": HEAD})
        with pytest.raises(UnreadableTree, match="not a folder"):
            read_tree(tmp_path / name)


class TestPosts:
    def test_identity_is_path_and_bytes(self, tmp_path):
        data = b"\xef\xbb\xbf" + HEAD.encode() + "\r\nTéxt.\r\n".encode()
        write(tmp_path, {"a/b.md": data})
        (post,) = read_tree(tmp_path).posts()
        assert (post.source_path, post.content_hash) == ("a/b.md", hashlib.sha256(data).hexdigest())
        assert post.body == "Téxt.\r\n"

    def test_can_be_read_again_in_the_same_order(self, tmp_path):
        write(tmp_path, {name: HEAD + name for name in ("b.md", "a/z.md", "c.md")})
        tree = read_tree(tmp_path)
        once = [*tree.posts()]
        assert [post.source_path for post in once] == ["a/z.md", "b.md", "c.md"]
        assert [*tree.posts()] == once
        assert len(tree) == 3

    def test_sentence_tells_what_was_understood(self, tmp_path):
        write(
            tmp_path,
            {
                "a.md": HEAD.removesuffix("+++\n")
                + 'authors = ["A", "B"]\naliases = ["x"]\n[taxonomies]\ntags = ["t"]\n+++\n',
                "b.md": '+++\ntitle = "T"\ndraft = true\n[extra]\nx = 1\n+++\n',
                "p.png": b"x",
            },
        )
        assert read_tree(tmp_path).summary == (
            "Zola: 2 posts from 2024-01-02 to 2024-01-02, 1 of them drafts, by 2 authors, with 1 tag, "
            "1 old address and 1 raster image; 2 Markdown files (2 with TOML front matter)."
        )


class TestImages:
    def test_beside_the_post_in_static_folders_and_by_address(self, tmp_path):
        write(
            tmp_path,
            {
                "content/post/index.md": HEAD
                + "![a](a.png) ![b](./b%20c.JPG 'x') ![s](/i/s.webp?v=1) ![d](d.svg) "
                '<img src="a.png"> `![e](e.gif)` ![n](no.png) ![h](https://x.example/h.png)\n\n[z](z.zip)',
                "content/other/index.md": HEAD + "![a](../post/a.png) ![esc](../../../out.png)",
                "zola.toml": "",
                "content/post/a.png": b"x",
                "content/post/b c.JPG": b"x",
                "content/post/d.svg": b"x",
                "content/post/e.gif": b"x",
                "content/post/z.zip": b"x",
                "static/i/s.webp": b"x",
            },
        )
        other, post = read_tree(tmp_path).posts()
        assert post.images == (
            SourceImage("content/post/a.png", "a.png"),
            SourceImage("content/post/b c.JPG", "./b%20c.JPG"),
            SourceImage("static/i/s.webp", "/i/s.webp?v=1"),
        )
        assert post.skipped_assets == ("d.svg", "z.zip")
        assert other.images == (SourceImage("content/post/a.png", "../post/a.png"),)


FILES = {
    "_config.yml": "url: https://blog.example\n",
    "_posts/2024-01-02-one.md": "---\ntitle: One\nredirect_from: [/old/one.html, /uno]\n---\nText.",
    "_posts/2024-01-03-two.md": "---\ntitle: Two\n---\nText.",
    "images/x y.png": "x",
}


class TestLinks:
    @pytest.mark.parametrize(
        ("destination", "suffix"),
        [
            ("2024-01-02-one.md", ""),
            ("./2024-01-02-one.md#top", "#top"),
            ("/2024/01/02/one.html", ""),
            ("/2024/01/02/one", ""),
            ("../02/one.html?a=1#b", "?a=1#b"),
            ("/old/one.html", ""),
            ("/uno/", ""),
            ("https://blog.example/uno", ""),
            ("{% post_url 2024-01-02-one %}", ""),
            ("{{ site.baseurl }}{% post_url 2024-01-02-one %}#top", "#top"),
            ("{{ site.url }}/uno", ""),
            ("{{ '/uno' | relative_url }}", ""),
            ("{% link _posts/2024-01-02-one.md %}", ""),
        ],
    )
    def test_to_another_post(self, tmp_path, destination, suffix):
        write(tmp_path, FILES)
        tree = read_tree(tmp_path)
        _, two = tree.posts()
        assert tree.resolve_link(two, destination) == PostLink("_posts/2024-01-02-one.md", "one", suffix)

    @pytest.mark.parametrize(
        "destination", ["/images/x%20y.png", "../images/x y.png", "{{ site.baseurl }}/images/x y.png"]
    )
    def test_to_a_file(self, tmp_path, destination):
        write(tmp_path, FILES)
        tree = read_tree(tmp_path)
        assert tree.resolve_link(next(tree.posts()), destination) == FileLink("images/x y.png", raster=True)

    @pytest.mark.parametrize(
        "destination",
        [
            "",
            "#top",
            "?a",
            "https://other.example/uno",
            "https://blog.example.evil/uno",
            "//blog.example/uno",
            "mailto:a@b.c",
            "javascript:x",
            "/etc/passwd",
            "../../../../etc/passwd",
            "%00",
            "no.md",
            "{% post_url no %}",
        ],
    )
    def test_out_of_the_tree(self, tmp_path, destination):
        write(tmp_path, FILES)
        tree = read_tree(tmp_path)
        assert tree.resolve_link(next(tree.posts()), destination) is None

    def test_zola_and_hugo_ways(self, tmp_path):
        write(tmp_path, {"a/one.md": HEAD, "a/two/index.md": HEAD, "b.md": HEAD})
        tree = read_tree(tmp_path, site_urls=["https://x.example/"])
        one, two, b = tree.posts()
        to_two = PostLink("a/two/index.md", "two")
        for destination in (
            "@/a/two/index.md",
            "two/index.md",
            "../two/",
            '{{< ref "two/index.md" >}}',
            "https://x.example/a/two",
        ):
            assert tree.resolve_link(one, destination) == to_two, destination
        assert tree.resolve_link(two, "../one.md#x") == PostLink("a/one.md", "one", "#x")
        assert tree.resolve_link(b, "{{% relref one %}}") == PostLink("a/one.md", "one")
        assert tree.resolve_link(b, "@/nowhere.md") is None

    def test_an_address_in_use_wins_over_one_given_up(self, tmp_path):
        write(tmp_path, {"a.md": HEAD.replace("+++\n", '+++\naliases = ["b"]\n', 1), "b.md": HEAD})
        tree = read_tree(tmp_path)
        assert tree.resolve_link(next(tree.posts()), "/b/") == PostLink("b.md", "b")


class TestWhatCannotBeRead:
    def test_a_folder_without_permission_is_listed(self, tmp_path, monkeypatch):
        # The superuser of a test machine may read anything, so the refusal is made.
        write(tmp_path, {"closed/a.md": HEAD, "b.md": HEAD})
        scan = os.scandir

        def refuse(path):
            if str(path).rstrip("/").endswith("closed"):
                raise PermissionError(13, "Permission denied")
            return scan(path)

        monkeypatch.setattr(os, "scandir", refuse)
        tree = read_tree(tmp_path)
        assert [post.source_path for post in tree.posts()] == ["b.md"]
        assert reasons(tree) == {"closed/": "cannot be read: Permission denied"}
        with pytest.raises(UnreadableTree, match="Permission denied"):
            read_tree(tmp_path / "closed")

    def test_more_files_than_any_blog_has(self, tmp_path, monkeypatch):
        write(tmp_path, {f"{n}.md": HEAD for n in range(4)})
        monkeypatch.setattr(files, "MAX_FILES", 3)
        with pytest.raises(UnreadableTree, match="more than 3 files"):
            read_tree(tmp_path)


class TestTimeZone:
    NEW_YORK = ZoneInfo("America/New_York")  # five hours behind UTC in January
    POSTS: ClassVar = {
        "_posts/2024-01-01-name.md": "---\nlayout: post\ntitle: N\n---\nText.",
        "_posts/2024-01-01-day.md": "---\nlayout: post\ntitle: D\ndate: 2024-01-02\n---\nText.",
        "_posts/2024-01-01-late.md": "---\nlayout: post\ntitle: L\ndate: 2024-01-02 23:30\n---\nText.",
        "_posts/2024-01-01-zoned.md": "---\nlayout: post\ntitle: Z\ndate: 2024-01-03T01:00:00Z\n---\nText.",
    }

    @pytest.mark.parametrize(
        ("file", "settings"),
        [
            (None, ""),
            ("_config.yml", "title: T\n"),
            ("_config.yml", "timezone: Mars/Olympus\n"),
            ("_config.yml", "timezone: ../../etc/passwd\n"),
            ("_config.yml", "timezone: [1]\n"),
            ("_config.yml", "timezone: America/New_York\n"),
        ],
    )
    def test_what_names_none_has_that_of_the_site(self, tmp_path, file, settings):
        named = "New_York" in settings
        write(tmp_path, {**self.POSTS, **({file: settings} if file else {})})
        tree = read_tree(tmp_path, zone=UTC if named else self.NEW_YORK)
        assert {head.title: head.published_at.isoformat()[:16] for head in tree.posts()} == {
            "N": "2024-01-01T05:00",
            "D": "2024-01-02T05:00",
            "L": "2024-01-03T04:30",
            "Z": "2024-01-03T01:00",
        }
        assert "from 2024-01-01 to 2024-01-02" in tree.summary

    def test_addresses_have_the_dates_of_the_site(self, tmp_path):
        write(tmp_path, {**self.POSTS, "_config.yml": "timezone: America/New_York\npermalink: pretty\n"})
        paths = {head.title: head.canonical_path for head in read_tree(tmp_path).posts()}
        assert paths == {
            "N": "/2024/01/01/name",
            "D": "/2024/01/02/day",
            "L": "/2024/01/02/late",
            "Z": "/2024/01/02/zoned",
        }

    def test_hugo_names_its_own(self, tmp_path):
        settings = 'baseURL = "https://x.example/"\ntimeZone = "America/New_York"\n'
        write(
            tmp_path,
            {"hugo.toml": settings, "content/a.md": "+++\ntitle = 'A'\ndate = 2024-01-02\n+++\nText."},
        )
        (post,) = read_tree(tmp_path, zone=ZoneInfo("Asia/Tokyo")).posts()
        assert post.published_at.isoformat() == "2024-01-02T05:00:00+00:00"

    def test_a_day_that_no_clock_has_seen(self, tmp_path):
        write(tmp_path, {"0001-01-01-first.md": "Text."})
        (post,) = read_tree(tmp_path, zone=ZoneInfo("Asia/Tokyo")).posts()
        assert (post.published_at, post.draft) == (None, True)
