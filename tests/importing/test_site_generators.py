"""Each generator's own rules: which files are posts, and where it serves them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.importing.sites import SiteGenerator
from service.importing.trees import read_tree


def grow(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return read_tree(folder)


def places(tree):
    return {post.source_path: (post.slug, post.canonical_path) for post in tree.posts()}


TOML = '+++\ntitle = "T"\n+++\nText.\n'
YAML = "---\ntitle: T\n---\nText.\n"


class TestZola:
    def test_paths(self, tmp_path):
        tree = grow(
            tmp_path,
            {
                "config.toml": 'base_url = "https://blog.example"\n',
                "content/_index.md": '+++\nsort_by = "date"\n+++\n',
                "content/blog/_index.md": "+++\n+++\n",
                "content/blog/2024-01-02-Hello World.md": TOML,
                "content/blog/bundle/index.md": TOML,
                "content/blog/bundle/notes.md": TOML,
                "content/blog/slugged.md": '+++\ntitle = "T"\nslug = "other"\n+++\n',
                "content/moved.md": '+++\ntitle = "T"\npath = "2020/05/06/here"\n+++\nText.\n',
                "themes/x/README.md": "# Theme\n",
            },
        )
        assert tree.generator is SiteGenerator.ZOLA
        assert places(tree) == {
            "content/blog/2024-01-02-Hello World.md": ("hello-world", "/blog/hello-world"),
            "content/blog/bundle/index.md": ("bundle", "/blog/bundle"),
            "content/blog/slugged.md": ("other", "/blog/other"),
            "content/moved.md": ("here", "/2020/05/06/here"),
        }
        assert {path for path, _ in tree.skipped} == {
            "content/_index.md",
            "content/blog/_index.md",
            "content/blog/bundle/notes.md",
            "themes/x/README.md",
        }
        assert tree.problems == []

    def test_dates_of_names_and_paths(self, tmp_path):
        tree = grow(
            tmp_path,
            {
                "2024-01-02-a.md": TOML,
                "b.md": '+++\ntitle = "T"\npath = "2020/05/06/here"\n+++\nText.\n',
                "c.md": '+++\ntitle = "T"\npath = "2020/05/06/here"\ndraft = true\n[extra]\nx = 1\n+++\nText.\n',
                "d.md": TOML,
            },
        )
        posts = [*tree.posts()]
        assert [(post.published_at, post.draft) for post in posts] == [
            (datetime(2024, 1, 2, tzinfo=UTC), False),
            (datetime(2020, 5, 6, tzinfo=UTC), False),
            (None, True),
            (None, True),
        ]


HUGO = {
    "hugo.toml": 'baseURL = "https://blog.example/"\n',
    "content/posts/_index.md": "---\ntitle: All\n---\n",
    "content/posts/My Post.md": "---\ntitle: T\nlastmod: 2024-02-03\npublishDate: 2024-01-02\n"
    "summary: S\n---\nText.\n",
    "content/posts/2024-03-04-dated.md": YAML,
    "content/posts/2024-03-05-kept.md": "---\ntitle: T\ndate: 2024-03-05\n---\n",
    "content/posts/bundle/index.md": '{\n"title": "J",\n"date": "2024-01-02",\n"url": "/elsewhere/"\n}\nText.\n',
    "content/posts/bundle/part.md": "A part.\n",
    "content/posts/old.md": "---\ntitle: T\ndate: 2024-03-05\naliases: [older, /oldest/]\n---\n",
}


class TestHugo:
    def test_paths(self, tmp_path):
        tree = grow(tmp_path, HUGO)
        assert tree.generator is SiteGenerator.HUGO
        assert places(tree) == {
            "content/posts/My Post.md": ("my-post", "/posts/my-post"),
            "content/posts/2024-03-04-dated.md": ("dated", "/posts/dated"),
            "content/posts/2024-03-05-kept.md": ("2024-03-05-kept", "/posts/2024-03-05-kept"),
            "content/posts/bundle/index.md": ("elsewhere", "/elsewhere"),
            "content/posts/old.md": ("old", "/posts/old"),
        }

    def test_values(self, tmp_path):
        posts = {post.source_path.rpartition("/")[2]: post for post in grow(tmp_path, HUGO).posts()}
        post = posts["My Post.md"]
        assert (post.published_at.day, post.updated_at.month, post.description) == (2, 2, "S")
        assert posts["old.md"].aliases == ("/posts/older", "/oldest")

    def test_is_recognised_without_settings_and_knows_its_section(self, tmp_path):
        (tmp_path / "content/blog").mkdir(parents=True)
        tree = grow(
            tmp_path / "content/blog", {"a.md": "---\ntitle: T\nlastmod: 2024-01-01\ndate: 2024-01-01\n---\n"}
        )
        assert tree.generator is SiteGenerator.HUGO
        assert places(tree) == {"a.md": ("a", "/blog/a")}

    def test_summary_before_more(self, tmp_path):
        text = "---\ntitle: T\ndate: 2024-01-01\nweight: 1\n---\n"
        text += "The *short* of [it](x.md).\n\n<!--more-->\n\nThe long.\n"
        (post,) = grow(tmp_path, {"a.md": text}).posts()
        assert post.description == "The short of it."
        assert "<!--more-->" in post.body

    def test_highlighted_code_becomes_a_fence(self, tmp_path):
        text = '---\ntitle: T\nweight: 1\n---\n{{< highlight go "linenos=table" >}}\nx := "```"\n{{< /highlight >}}\n'
        (post,) = grow(tmp_path, {"a.md": text}).posts()
        assert post.body == '````go\nx := "```"\n````\n'


JEKYLL = {
    "_config.yml": "url: https://blog.example\nbaseurl: /b\n",
    "_posts/2024-01-02-My-Title.md": "---\nlayout: post\ntitle: T\ncategories: News Big\ntags: a b\n---\nText.\n",
    "_posts/2024-01-03-plain.markdown": "---\nlayout: post\nredirect_from: /old/\nexcerpt: E\n---\nText.\n",
    "_posts/2024-01-04-own.md": "---\ntitle: T\npermalink: /own/:year/:title/\npublished: false\n---\nText.\n",
    "news/_posts/2024-01-05-deep.md": YAML,
    "_drafts/idea.md": YAML,
    "_posts/2024-01-06-page.html": "<p>x</p>",
    "_posts/2024-01-07-wiki.textile": "h1. x",
    "about.md": "---\nlayout: page\ntitle: About\n---\nText.\n",
    "README.md": "# The blog\n",
}


class TestJekyll:
    def test_paths(self, tmp_path):
        tree = grow(tmp_path, JEKYLL)
        assert tree.generator is SiteGenerator.JEKYLL
        assert places(tree) == {
            "_drafts/idea.md": ("idea", "/1970/01/01/idea.html"),
            "_posts/2024-01-02-My-Title.md": ("My-Title", "/news/big/2024/01/02/My-Title.html"),
            "_posts/2024-01-03-plain.markdown": ("plain", "/2024/01/03/plain.html"),
            "_posts/2024-01-04-own.md": ("own", "/own/2024/own"),
            "news/_posts/2024-01-05-deep.md": ("deep", "/news/2024/01/05/deep.html"),
        }
        assert [path for path, _ in tree.skipped] == ["README.md", "about.md"]
        assert tree.problems == [
            ("_posts/2024-01-06-page.html", "not Markdown (.html)"),
            ("_posts/2024-01-07-wiki.textile", "not Markdown (.textile)"),
        ]

    def test_values(self, tmp_path):
        drafts, first, second, own, deep = grow(tmp_path, JEKYLL).posts()
        assert (drafts.draft, drafts.published_at) == (True, None)
        assert first.tags == ("a", "b", "News", "Big")
        assert first.published_at == datetime(2024, 1, 2, tzinfo=UTC)
        assert (second.title, second.aliases, second.description) == ("Plain", ("/old",), "E")
        assert (own.draft, own.published_at, deep.draft) == (True, None, False)

    def test_permalink_of_the_site(self, tmp_path):
        files = {**JEKYLL, "_config.yml": "permalink: pretty\n"}
        assert places(grow(tmp_path, files))["_posts/2024-01-03-plain.markdown"] == (
            "plain",
            "/2024/01/03/plain",
        )

    def test_the_folder_of_posts_alone(self, tmp_path):
        (tmp_path / "_posts").mkdir()
        tree = grow(tmp_path / "_posts", {"2024-01-02-a.md": YAML, "2024-01-03-b.md": YAML})
        assert tree.generator is SiteGenerator.JEKYLL
        assert places(tree)["2024-01-02-a.md"] == ("a", "/2024/01/02/a.html")

    def test_highlighted_code_becomes_a_fence(self, tmp_path):
        body = "A.\n\n{% highlight ruby linenos %}\nputs 1\n{% endhighlight %}\n\nB.\n"
        (post,) = grow(tmp_path, {"_posts/2024-01-02-a.md": f"---\ntitle: T\n---\n{body}"}).posts()
        assert post.body == "A.\n\n```ruby\nputs 1\n```\n\nB.\n"


class TestNextJs:
    def test_posts(self, tmp_path):
        tree = grow(
            tmp_path,
            {
                "next.config.mjs": "export default {}",
                "node_modules/x/README.md": "# x",
                "README.md": "# Site",
                "_posts/hello-world.md": "---\ntitle: H\nexcerpt: E\ndate: '2020-03-16T05:35:07.322Z'\n"
                "author:\n  name: Ann\n  picture: /a.png\ncoverImage: /c.png\n---\nText.\n",
                "_posts/second.mdx": "---\ntitle: S\npublished: false\ndate: '2020-03-17'\n---\n"
                "import A from './a'\nexport const x = {\n  y: 1,\n}\n\nText.\n",
            },
        )
        assert tree.generator is SiteGenerator.NEXTJS
        first, second = tree.posts()
        assert (first.slug, first.canonical_path, first.authors) == (
            "hello-world",
            "/posts/hello-world",
            ("Ann",),
        )
        assert first.published_at == datetime(2020, 3, 16, 5, 35, 7, 322000, tzinfo=UTC)
        assert first.extra == {"coverImage": "/c.png"}
        assert (second.body, second.draft) == ("Text.\n", True)
        assert [path for path, _ in tree.skipped] == ["README.md"]

    def test_is_recognised_without_settings(self, tmp_path):
        tree = grow(tmp_path, {"_posts/a.md": "---\ntitle: T\ndate: 2024-01-02\nexcerpt: x\n---\n"})
        assert tree.generator is SiteGenerator.NEXTJS
        assert places(tree) == {"_posts/a.md": ("a", "/posts/a")}


class TestPlainMarkdown:
    def test_title_and_date(self, tmp_path):
        tree = grow(
            tmp_path,
            {
                "2024/01/02/first-words.md": "\n# First *words* #\n\nText.\n",
                "second_thoughts.md": "Text.\n\n# Later\n",
                "README.md": "# About\n",
                "empty.md": " \n",
            },
        )
        assert tree.generator is SiteGenerator.MARKDOWN
        first, second = tree.posts()
        assert (first.title, first.body, first.draft) == ("First *words*", "Text.\n", False)
        assert (first.published_at, first.canonical_path) == (
            datetime(2024, 1, 2, tzinfo=UTC),
            "/2024/01/02/first-words",
        )
        assert (second.title, second.draft, second.published_at) == ("Second thoughts", True, None)
        assert tree.problems == [("empty.md", "it has neither a title nor a text")]


@pytest.mark.parametrize("name", ["config.toml", "_config.yml"])
def test_settings_that_do_not_parse_are_a_problem_and_the_posts_are_read(tmp_path, name):
    tree = grow(tmp_path, {name: "a: [b\n= c", "a.md": TOML})
    assert [path for path, _ in tree.problems] == [name]
    assert len(tree) == 1


@pytest.mark.parametrize(
    ("path", "matter", "generator"),
    [
        ("a.md", '+++\ntitle = "T"\npath = "a"\n+++\n', SiteGenerator.ZOLA),
        ("a.md", '+++\ntitle = "T"\ncategories = ["x"]\nlastmod = 2024-01-02\n+++\n', SiteGenerator.HUGO),
        ("a.md", '{"title": "T"}\n', SiteGenerator.HUGO),
        ("a.md", "---\ntitle: T\naliases: [x]\n---\n", SiteGenerator.HUGO),
        ("2024-01-02-a.md", "---\nlayout: post\ntitle: T\n---\n", SiteGenerator.JEKYLL),
        ("_posts/2024-01-02-a.md", "---\ntitle: T\n---\n", SiteGenerator.JEKYLL),
        ("a.mdx", "---\ntitle: T\n---\n", SiteGenerator.NEXTJS),
        ("a.md", "---\ntitle: T\ncoverImage: x\n---\n", SiteGenerator.NEXTJS),
        ("a.md", "---\ntitle: T\ndate: 2024-01-02\n---\n", SiteGenerator.NEXTJS),
        ("a.md", "# T\n", SiteGenerator.MARKDOWN),
    ],
)
def test_one_file_is_recognised(tmp_path, path, matter, generator):
    assert grow(tmp_path, {path: f"{matter}Text.\n"}).generator is generator


def test_a_slug_may_be_a_path_and_a_date_may_be_none(tmp_path):
    tree = grow(tmp_path, {"2024-13-45-a.md": "---\ntitle: T\nslug: /x/y/\nexcerpt: E\n---\nText.\n"})
    (post,) = tree.posts()
    assert (post.slug, post.canonical_path, post.published_at, post.draft) == ("y", "/x/y", None, True)


@pytest.mark.parametrize(("folder", "address"), [("posts", "/posts/a"), ("blog", "/blog/a"), ("words", "/a")])
def test_the_folder_of_the_posts_alone_tells_the_address(tmp_path, folder, address):
    (tmp_path / folder).mkdir()
    assert places(grow(tmp_path / folder, {"a.md": "---\ntitle: T\nexcerpt: E\n---\n"})) == {
        "a.md": ("a", address)
    }


def test_settings_of_another_program_say_nothing(tmp_path):
    assert (
        grow(tmp_path, {"config.toml": "debug = true\n", "a.md": "# T\n"}).generator is SiteGenerator.MARKDOWN
    )
