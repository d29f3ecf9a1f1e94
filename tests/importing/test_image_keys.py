"""The cover and the image for sharing, however a front matter names them."""

from __future__ import annotations

import pytest

from service.importing.front_matter import read
from service.importing.image_keys import NamedImage, card_image, cover_image
from service.importing.metadata import read_metadata

X = NamedImage("x.png")


def extra(front: str):
    return read_metadata(read(front).values).extra


class TestCover:
    @pytest.mark.parametrize(
        ("front", "image"),
        [
            ('+++\n[extra]\nimage = "x.png"\n+++\n', X),  # Zola
            ('+++\n[extra]\ncover_image = " x.png "\n+++\n', X),
            ('+++\n[extra.cover]\nimage = "x.png"\nalt = "A"\n+++\n', NamedImage("x.png", "A")),
            ('+++\nimage = "y.png"\n[extra]\nimage = "x.png"\n+++\n', NamedImage("y.png")),
            ("---\nfeatured_image: x.png\n---\n", X),  # Hugo, Ananke
            (
                "---\nfeaturedImage: x.png\nfeaturedImageCaption: C\n---\n",
                NamedImage("x.png", None, "C"),
            ),  # LoveIt
            ("---\nparams:\n  cover: x.png\n---\n", X),
            (  # PaperMod
                "---\ncover:\n  image: x.png\n  alt: A\n  caption: C\n  relative: true\n---\n",
                NamedImage("x.png", "A", "C"),
            ),
            (  # Hugo's resources
                "---\nresources:\n- src: a.pdf\n- {src: i/a.jpg, name: cover, title: T, params: {credit: Ann}}\n---\n",
                NamedImage("i/a.jpg", None, "T", "Ann"),
            ),
            ("---\nresources:\n- {src: featured-a.jpg}\n---\n", NamedImage("featured-a.jpg")),
            ("---\nimage: x.png\n---\n", X),  # Jekyll
            (  # jekyll-seo-tag, Chirpy
                "---\nimage:\n  path: /x.png\n  alt: A\n  lqip: data:image/webp;base64,AA\n---\n",
                NamedImage("/x.png", "A"),
            ),
            (  # Minimal Mistakes
                "---\nheader:\n  teaser: t.png\n  overlay_image: x.png\n  image_description: A\n  caption: C\n---\n",
                NamedImage("x.png", "A", "C"),
            ),
            ("---\nheader:\n  teaser: x.png\n---\n", X),
            ("---\nheader-img: x.png\n---\n", X),  # Clean Blog
            ("---\ncover-img: [x.png, y.png]\nthumbnail-img: y.png\n---\n", X),  # Beautiful Jekyll
            (
                '---\ncoverImage: "/a/x.png"\nogImage:\n  url: "/a/y.png"\n---\n',
                NamedImage("/a/x.png"),
            ),  # Next.js
            (
                "---\nimage: x.png\nimageAlt: A\nimage_credit: Ann\n---\n",
                NamedImage("x.png", "A", None, "Ann"),
            ),
            ("---\nheroImage: x.png\n---\n", X),  # Astro
            ("---\ncover_image: https://a.example/x.png\n---\n", NamedImage("https://a.example/x.png")),
        ],
    )
    def test_as_its_theme_reads_it(self, front, image):
        assert cover_image(extra(front)) == image

    @pytest.mark.parametrize(
        "front",
        [
            "---\ntitle: T\n---\n",
            "---\nimage: ''\n---\n",
            "---\nimage: true\n---\n",
            "---\nimage: []\n---\n",
            "---\nimage: 7\n---\n",
            "---\nimage: [[x.png]]\n---\n",
            "---\ncover: {hidden: true}\n---\n",
            "---\ncover: {image: [x.png]}\n---\n",
            "---\nheader: x.png\n---\n",
            "---\nresources: [{src: doc.pdf, name: doc}, 7, {name: cover}]\n---\n",
            "---\nogImage: x.png\n---\n",
        ],
    )
    def test_none(self, front):
        assert cover_image(extra(front)) is None


class TestCard:
    @pytest.mark.parametrize(
        "front",
        [
            '+++\n[extra]\nsocial_media_card = "x.png"\n+++\n',  # tabi
            '+++\n[extra]\nog_image = "x.png"\n+++\n',
            "---\nimages: [x.png, y.png]\n---\n",  # Hugo
            "---\nheader:\n  og_image: x.png\n---\n",  # Minimal Mistakes
            "---\nshare-img: x.png\n---\n",  # Beautiful Jekyll
            "---\nogImage:\n  url: x.png\n---\n",  # Next.js
            "---\nimage: y.png\nopenGraphImage: x.png\n---\n",
        ],
    )
    def test_as_its_theme_reads_it(self, front):
        assert card_image(extra(front)) == X

    def test_none(self):
        assert card_image(extra("---\nimage: x.png\n---\n")) is None
