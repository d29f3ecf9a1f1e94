"""The words of all generators mean the same thing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from service.importing.metadata import BadMetadata, instant, read_metadata, site_path

DAY = datetime(2024, 1, 2, tzinfo=UTC)


class TestInstants:
    @pytest.mark.parametrize(
        "value",
        [
            date(2024, 1, 2),
            datetime(2024, 1, 2),  # noqa: DTZ001
            datetime(2024, 1, 2, 2, tzinfo=timezone(timedelta(hours=2))),
            "2024-01-02",
            "2024-01-02T00:00:00Z",
            "2024-01-02 02:00:00 +0200",
            "2024-01-01T22:00:00-02:00",
            "2024/01/02",
            "January 2, 2024",
            "Jan 2, 2024",
            "2 January 2024",
            "Tue, 02 Jan 2024 00:00:00 +0000",
            20240102,
        ],
    )
    def test_one_instant_however_it_is_written(self, value):
        assert instant(value) == DAY
        assert instant(value).tzinfo is UTC

    @pytest.mark.parametrize(
        "value",
        [
            "soon",
            "",
            True,
            7,
            None,
            [],
            f"2024-01-02{' ' * 60_000}x",
            "0000-00-00",
            "0001-01-01T00:00:00+10:00",
        ],
    )
    def test_what_is_none(self, value):
        assert instant(value) is None

    @pytest.mark.parametrize(
        "key", ["date", "publishDate", "publish_date", "pubDate", "publishedAt", "published"]
    )
    def test_names_of_the_publication(self, key):
        assert read_metadata({key: "2024-01-02"}).published_at == DAY

    @pytest.mark.parametrize("key", ["updated", "lastmod", "last_modified_at", "updatedAt"])
    def test_names_of_the_last_change(self, key):
        assert read_metadata({key: DAY}).updated_at == DAY

    def test_the_publication_wins_over_the_date_which_is_kept(self):
        read = read_metadata({"date": date(2023, 1, 1), "publishDate": DAY})
        assert (read.published_at, read.extra) == (DAY, {"date": "2023-01-01"})

    def test_a_date_that_is_none_is_refused(self):
        with pytest.raises(BadMetadata, match="'soon'"):
            read_metadata({"date": "soon"})


class TestDrafts:
    @pytest.mark.parametrize(
        "values",
        [
            {"draft": True},
            {"draft": "true"},
            {"published": False},
            {"published": "no"},
            {"status": "draft"},
            {"private": True},
        ],
    )
    def test_hidden_is_a_draft(self, values):
        assert read_metadata(values).draft is True

    @pytest.mark.parametrize(
        "values", [{}, {"draft": False}, {"published": True}, {"published": DAY}, {"status": "publish"}]
    )
    def test_not_hidden_is_none(self, values):
        assert read_metadata(values).draft is False


class TestNames:
    @pytest.mark.parametrize(
        "values",
        [
            {"authors": ["Ann", "Bo"]},
            {"author": ["Ann", {"name": "Bo", "url": "/bo"}]},
            {"taxonomies": {"authors": ["Ann", "Bo"]}},
            {"extra": {"author": ["Ann", "Bo"]}},
            {"author": "Ann", "authors": ["Ann"], "taxonomies": {"author": "Bo"}},
        ],
    )
    def test_authors(self, values):
        read = read_metadata(values)
        assert (read.authors, read.extra) == (("Ann", "Bo"), {})

    def test_a_name_is_never_split(self):
        assert read_metadata({"author": "Ann, and Bo"}).authors == ("Ann, and Bo",)

    def test_authors_said_to_be_none_are_not_sought_elsewhere(self):
        read = read_metadata({"authors": [], "extra": {"author": "Ann"}})
        assert (read.authors, read.extra) == ((), {"author": "Ann"})

    @pytest.mark.parametrize(
        ("values", "tags"),
        [
            ({"tags": ["b", "A", "B", " ", "a"]}, ("b", "A")),
            ({"tags": "one two"}, ("one two",)),
            ({"tags": "one, two"}, ("one", "two")),
            ({"tags": ["x"], "categories": ["y", "X"], "category": "z"}, ("x", "y", "z")),
            ({"taxonomies": {"tags": ["x"], "categories": ["y"]}}, ("x", "y")),
            ({"tags": [{"label": "x", "value": "y"}, 3]}, ("x", "3")),
        ],
    )
    def test_tags(self, values, tags):
        assert read_metadata(values).tags == tags

    def test_jekyll_splits_at_spaces(self):
        assert read_metadata({"tags": "one two", "categories": "news"}, split_on_spaces=True).tags == (
            "one",
            "two",
            "news",
        )

    def test_other_taxonomies_are_kept(self):
        assert read_metadata({"taxonomies": {"tags": [], "series": ["s"]}}).extra == {
            "taxonomies": {"series": ["s"]}
        }


class TestExtra:
    def test_unknown_keys_are_kept_json_able(self):
        read = read_metadata({"weight": 3, "seen": date(2024, 1, 2), "extra": {"team": "x", "at": [DAY]}})
        assert read.extra == {
            "weight": 3,
            "seen": "2024-01-02",
            "team": "x",
            "at": ["2024-01-02T00:00:00+00:00"],
        }

    def test_extra_with_a_name_that_is_also_outside_stays_apart(self):
        values = {"weight": 3, "extra": {"weight": 4}}
        assert read_metadata(values).extra == values

    def test_what_is_not_understood_is_kept(self):
        values = {"tags": {"a": 1}, "authors": [["x"]], "aliases": ["/ok", "?p=1"], "updated": "one day"}
        read = read_metadata(values)
        assert (read.tags, read.authors, read.aliases, read.extra) == ((), (), (), values)

    def test_the_second_of_two_descriptions_is_kept(self):
        read = read_metadata({"summary": "S", "description": "D"})
        assert (read.description, read.extra) == ("D", {"summary": "S"})


class TestSitePath:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("a/b/", "/a/b"),
            ("/a//b", "/a/b"),
            ("https://blog.example/a/b.html", "/a/b.html"),
            ("/a:b", "/a:b"),
            ("/", "/"),
            ("/a/../b", None),
            ("/?p=1", None),
            ("/a#b", None),
            ("/a\nb", None),
        ],
    )
    def test_is_normal(self, text, path):
        assert site_path(text) == path
        assert path is None or site_path(path) == path
