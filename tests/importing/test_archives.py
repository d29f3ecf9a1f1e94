"""What is read of an archive, and each way in which one can be meant to do harm, or be damaged."""

from __future__ import annotations

import stat
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.importing import archives
from service.importing.archives import Archive, ArchiveRejected
from service.importing.files import FileRejected
from service.importing.trees import read_tree
from tests.importing.publication import post, write
from tests.importing.zips import in_memory_of, of_kind, packed, patched, renamed, zipped

MEGABYTE = 1_000_000


@pytest.fixture
def opened(tmp_path):
    """Open the bytes of an archive."""
    held = []

    def open_archive(data):
        path = tmp_path / f"{len(held)}.zip"
        path.write_bytes(data)
        held.append(Archive(path))
        return held[-1]

    yield open_archive
    for archive in held:
        archive.close()


def paths(archive):
    return archive.walk()[0]


def problems(archive):
    return archive.walk()[1]


class TestFiles:
    def test_are_those_of_the_folder(self, opened, tmp_path):
        folder = write(
            tmp_path / "site",
            {
                "zola.toml": 'base_url = "https://old.example"\n',
                "content/a/index.md": post("A", "![x](p.png) [b](@/b.md)"),
                "content/a/p.png": b"\x89PNG",
                "content/b.md": post("B"),
                "content/ü.md": post("Ü"),
            },
        )
        tree, from_archive = read_tree(folder), read_tree(opened(in_memory_of(folder)))
        assert [*from_archive.posts()] == [*tree.posts()]
        assert (from_archive.summary, from_archive.problems) == (tree.summary, [])

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_are_read_whole(self, opened, method):
        archive = opened(zipped({"a.md": "x" * 300_000, "b.md": ""}, method))
        assert archive.read_file("a.md") == b"x" * 300_000
        assert archive.read_file("b.md") == b""

    def test_are_read_behind_one(self, opened):
        tree = read_tree(opened(zipped({f"{name}.md": post(name) for name in "abcd"})))
        assert [head.source_path for head in tree.posts(after="b.md")] == ["c.md", "d.md"]
        assert [head.source_path for head in tree.posts(after="bb")] == ["c.md", "d.md"]
        assert [*tree.posts(after="d.md")] == []

    def test_one_leading_folder_is_the_root(self, opened):
        archive = opened(zipped({"blog-main/a.md": "", "blog-main/img/p.png": "", "__MACOSX/._a.md": ""}))
        assert (paths(archive), archive.root_parts) == (["a.md", "img/p.png"], ("blog-main",))

    def test_of_two_leading_folders_one_is_the_root(self, opened):
        assert paths(opened(zipped({"x/y/a.md": "", "x/y/b.md": ""}))) == ["y/a.md", "y/b.md"]

    def test_a_file_beside_the_folder_leaves_it(self, opened):
        archive = opened(zipped({"posts/a.md": "", "config.toml": ""}))
        assert (paths(archive), archive.root_parts) == (["config.toml", "posts/a.md"], ())

    def test_hidden_ones_and_those_of_programs_are_ignored(self, opened):
        ignored = ["__MACOSX/._a.md", ".git/config", "x/.DS_Store", "node_modules/m/readme.md", ".a.md"]
        archive = opened(zipped({**dict.fromkeys(ignored, "x"), "a.md": "", "b/c.md": ""}))
        assert archive.walk() == (["a.md", "b/c.md"], [])

    def test_folders_are_no_files(self, opened):
        assert opened(zipped({"a/": "", "a/b.md": "", "c.md": ""})).walk() == (["a/b.md", "c.md"], [])

    def test_an_archive_in_an_archive_is_one_file(self, opened):
        bomb = zipped({"b.md": "x" * MEGABYTE})
        archive = opened(zipped({"a.md": post(), "b.zip": bomb}))
        tree = read_tree(archive)
        assert ([head.source_path for head in tree.headers()], tree.problems) == (["a.md"], [])


class TestNames:
    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("a//b/./c.md", "a/b/c.md"),
            ("a\\b\\c.md", "a/b/c.md"),
            ("./a.md", "a.md"),
            ("con.md", "con.md"),
            ("a/aux.md", "a/aux.md"),
            ("..a.md/b..md", None),  # hidden: it begins with a point
            ("a..md", "a..md"),
            ("a:b.md", None),
        ],
    )
    def test_paths(self, opened, name, path):
        archive = opened(zipped({name: "x", "z.md": ""}))
        assert paths(archive) == sorted(filter(None, [path, "z.md"]))

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("../a.md", "its path leads out of the archive"),
            ("a/../../b.md", "its path leads out of the archive"),
            ("a/../b.md", "its path leads out of the archive"),
            ("..\\..\\a.md", "its path leads out of the archive"),
            ("/etc/passwd.md", "its path is absolute"),
            ("\\\\server\\share\\a.md", "its path is absolute"),
            ("C:\\a.md", "its path is absolute"),
            ("c:a.md", "its path is absolute"),
            ("a\nb.md", "its name holds a control character"),
            (f"{'x' * 1_001}.md", "its path has more than 1,000 characters"),
            ("/".join([*"x" * 33, "a.md"]), "more than 32 folders deep"),
        ],
    )
    def test_those_that_lead_elsewhere_are_problems(self, opened, name, reason):
        archive = opened(zipped({name: "x", "z.md": ""}))
        assert paths(archive) == ["z.md"]
        ((shown, said),) = problems(archive)
        assert said == reason
        assert shown == name.replace("\n", "\ufffd")[:1_000]

    def test_a_name_with_a_nul_is_not_cut(self, opened):
        data = renamed(zipped({"a.mdX.png": "x", "z.md": ""}), b"a.mdX.png", b"a.md\0.png")
        archive = opened(data)
        assert archive.walk() == (
            ["z.md"],
            [("a.md\ufffd.png", "its name holds a control character")],
        )

    @pytest.mark.parametrize(
        ("raw", "path"),
        [
            ("für.md".encode(), "für.md"),  # without the flag, as Apple's archiver writes it
            ("fü.md".encode("cp437"), "fü.md"),
            ("日.md".encode("shift-jis"), "ô·.md"),  # what nobody can tell
        ],
    )
    def test_of_other_encodings(self, opened, raw, path):
        placeholder = b"x" * len(raw)
        archive = opened(renamed(zipped({placeholder.decode(): "text", "z.md": ""}), placeholder, raw))
        found = [name for name in paths(archive) if name != "z.md"]
        assert archive.read_file(found[0]) == b"text"
        assert found == [path] or path == "ô·.md"

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    @pytest.mark.parametrize("names", [("a.md", "a.md"), ("b/a.md", "b//a.md"), ("b/a.md", "b\\a.md")])
    def test_a_name_that_is_there_twice_is_read_in_neither_sense(self, opened, names):
        archive = opened(packed([(names[0], "one"), (names[1], "two"), ("z.md", "")]))
        assert paths(archive) == ["z.md"]
        assert problems(archive) == [
            (names[0], "the archive has several files of this name"),
        ]


class TestKinds:
    @pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
    def test_devices_and_pipes_are_problems(self, opened, kind):
        archive = opened(packed([(of_kind("a.md", kind), "x"), ("z.md", "")]))
        assert archive.walk() == (["z.md"], [("a.md", "not a regular file")])

    @pytest.mark.parametrize(
        ("target", "is_problem"),
        [
            ("b.md", False),
            ("../c/d.md", False),
            ("../c", False),
            ("gone.md", True),
            ("/etc/passwd", True),
            ("../../etc/passwd", True),
            ("x" * 5_000, True),
        ],
    )
    def test_links_are_not_followed(self, opened, target, is_problem):
        files = {"a/b.md": "", "c/d.md": "", "e.md": ""}
        archive = opened(packed([*files.items(), (of_kind("a/l.md", stat.S_IFLNK), target)]))
        assert paths(archive) == [*files]
        reason = "a link that leads out of the archive, or nowhere"
        assert problems(archive) == ([("a/l.md", reason)] if is_problem else [])


class TestBombs:
    def test_a_file_that_is_too_large(self, opened):
        archive = opened(zipped({"a.md": b"x" * 3 * MEGABYTE}, zipfile.ZIP_STORED))
        with pytest.raises(FileRejected, match="larger than 2 MB"):
            archive.read_file("a.md")
        assert len(archive.read_file("a.md", 4 * MEGABYTE)) == 3 * MEGABYTE

    def test_a_file_that_is_far_larger_than_in_the_archive(self, opened):
        archive = opened(zipped({"a.png": bytes(10 * MEGABYTE)}))
        with pytest.raises(FileRejected, match="more than 200 times larger"):
            archive.read_file("a.png", 20 * MEGABYTE)

    def test_a_small_file_may_shrink_as_it_likes(self, opened):
        assert len(opened(zipped({"a.md": b" " * 900_000})).read_file("a.md")) == 900_000

    def test_all_of_them_together(self, opened, monkeypatch):
        monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 10 * MEGABYTE)
        # Ignored files are never read.
        files = {f"{n}.md": bytes(5 * MEGABYTE) for n in range(2)}
        assert len(paths(opened(zipped({**files, ".git/x": bytes(5 * MEGABYTE)})))) == 2
        with pytest.raises(ArchiveRejected, match="unpacks to more than"):
            opened(zipped({**files, "c.md": "x"}))

    def test_more_files_than_there_may_be(self, opened, monkeypatch):
        monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
        assert len(paths(opened(zipped(dict.fromkeys("abc", ""))))) == 3
        with pytest.raises(ArchiveRejected, match="more than 3 files"):
            opened(zipped(dict.fromkeys("abcd", "")))

    def test_a_directory_that_fills_the_memory(self, opened, monkeypatch):
        monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 1_000)
        assert opened(zipped(dict.fromkeys("abc", "")))
        with pytest.raises(ArchiveRejected, match="too many files"):
            opened(zipped({f"{'x' * 100}{n}": "" for n in range(10)}))

    @pytest.mark.parametrize("claimed", [10, MEGABYTE])
    def test_a_file_that_hides_how_large_it_is(self, opened, claimed):
        """Only what the directory tells is unpacked; its checksum is then another one."""
        archive = opened(patched(zipped({"a.md": bytes(100 * MEGABYTE)}), size=claimed))
        tracemalloc.start()
        try:
            with pytest.raises(FileRejected, match="damaged"):
                archive.read_file("a.md")
            assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
        finally:
            tracemalloc.stop()

    def test_files_that_share_their_bytes(self, opened):
        with pytest.raises(ArchiveRejected, match="its files are larger than the archive"):
            opened(patched(zipped({"a.md": "text", "b.md": "y"}), compressed=10_000))

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_methods_whose_output_has_no_bound(self, opened, method):
        archive = opened(zipped({"a.md": "x", "b.md": "y"}, method))
        with pytest.raises(FileRejected, match="another method than deflate"):
            archive.read_file("a.md")


class TestDamage:
    @pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7", b"PK\x05\x06" + bytes(17), bytes(100_000)])
    def test_what_is_no_archive(self, opened, data):
        with pytest.raises(ArchiveRejected, match="not a zip archive"):
            opened(data)

    def test_an_empty_archive(self, opened):
        assert opened(zipped({})).walk() == ([], [])

    def test_one_with_a_password(self, opened):
        with pytest.raises(ArchiveRejected, match="password"):
            opened(patched(zipped({"a.md": "x"}), flags=1))

    def test_a_damaged_file_does_not_lose_the_others(self, opened):
        data = zipped({"a.md": post("A"), "b.md": post("B")}, zipfile.ZIP_STORED)
        tree = read_tree(opened(data.replace(b'title = "A"', b'title = "X"')))
        assert [head.source_path for head in tree.headers()] == ["b.md"]
        assert tree.problems == [("a.md", "damaged in the archive")]

    @pytest.mark.parametrize("fields", [{"offset": 5}, {"offset": 2**31}, {"compressed": 1}, {"method": 99}])
    def test_a_directory_that_is_wrong(self, opened, fields):
        archive = opened(patched(zipped({"a.md": "text", "b.md": "y"}), **fields))
        with pytest.raises(FileRejected):
            archive.read_file("a.md")
        assert archive.read_file("b.md") == b"y"

    @given(data=st.data())
    def test_any_bytes_may_be_others(self, tmp_path_factory, data):
        whole = zipped({"blog/a.md": post("A"), "blog/b/p.png": b"\x89PNG", "blog/c.md": post("C")})
        changed = bytearray(whole)
        for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
            changed[place] = data.draw(st.integers(0, 255))
        del changed[data.draw(st.integers(0, len(whole))) :]
        path = tmp_path_factory.mktemp("zip") / "a.zip"
        path.write_bytes(changed)
        try:
            with Archive(path) as archive:
                for head in read_tree(archive).posts():
                    assert head.body
        except ArchiveRejected:
            pass
