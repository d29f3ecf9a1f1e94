"""Detects the static site generator (Zola, Hugo, Jekyll, Next.js) and applies its URL rules.

These are Zola's page paths and dated names, Hugo's sections and bundles, Jekyll's `_posts` and permalinks, and the file
names of Next.js blogs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath

from service.importing.front_matter import FrontMatter, Kind
from service.importing.metadata import Metadata, site_path
from service.importing.sites import Site, SiteGenerator

_DATED_NAME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T[\d:-]+Z?)?[-_](.+)", re.ASCII)
_DATED_PATH = re.compile(r"(?:^|/)(\d{4})[/-](\d\d?)[/-](\d\d?)(?=[/-]|$)", re.ASCII)
_POST_FOLDERS = frozenset({"_posts", "_drafts"})
_SOURCE_FOLDERS = frozenset({"content", "data", "src"})
_ABOUT_THE_FOLDER = frozenset(
    ["readme", "changelog", "license", "contributing", "code_of_conduct", "security"]
)
_PLACEHOLDER = re.compile(r":([a-z_]+)")
_NAMED_PERMALINKS = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}
_ZOLA_KEYS = frozenset(
    ["taxonomies", "extra", "template", "path", "in_search_index", "sort_by", "generate_feeds"]
)
_HUGO_KEYS = frozenset(["lastmod", "publishdate", "expirydate", "url", "type", "aliases", "weight"])
_JEKYLL_KEYS = frozenset(["layout", "permalink", "redirect_from", "categories", "last_modified_at"])
_NEXT_KEYS = frozenset(["coverimage", "excerpt", "ogimage", "published", "publishedat"])


@dataclass(frozen=True, slots=True)
class PostLocation:
    """The URL path of a post, and the date in its file name, if there is one."""

    slug: str
    path: str
    dated: datetime | None


def detect_generator(site: Site, files: Iterable[tuple[str, FrontMatter]]) -> SiteGenerator:
    """Return the generator of the settings, else the most likely one by front matters and file names."""
    if site.generator is not None:
        return site.generator
    votes: Counter[SiteGenerator] = Counter()
    for source_path, matter in files:
        votes[_vote(f"{site.root_name}/{source_path}", matter)] += 1
    # For Zola, Hugo and Jekyll a file without front matter is not a page: one front matter decides.
    del votes[SiteGenerator.MARKDOWN]
    return votes.most_common(1)[0][0] if votes else SiteGenerator.MARKDOWN


def _vote(source_path: str, matter: FrontMatter) -> SiteGenerator:
    keys = {key.lower() for key in matter.values}
    if matter.kind is Kind.TOML:
        return SiteGenerator.HUGO if keys & _HUGO_KEYS and not keys & _ZOLA_KEYS else SiteGenerator.ZOLA
    if matter.kind is Kind.JSON:
        return SiteGenerator.HUGO
    path = PurePosixPath(source_path)
    if _POST_FOLDERS & {*path.parts}:
        return SiteGenerator.JEKYLL if _DATED_NAME.match(path.stem) else SiteGenerator.NEXTJS
    if matter.kind is Kind.NONE:
        return SiteGenerator.MARKDOWN
    if path.suffix == ".mdx" or keys & _NEXT_KEYS:
        return SiteGenerator.NEXTJS
    if keys & _JEKYLL_KEYS and _DATED_NAME.match(path.stem):
        return SiteGenerator.JEKYLL
    return SiteGenerator.HUGO if path.stem == "_index" or keys & _HUGO_KEYS else SiteGenerator.NEXTJS


@dataclass(frozen=True, slots=True)
class SiteLayout:
    """The layout of all files, which determines what each file is.

    `bundles` are folders whose `index.md` is a page and whose other files are its resources.
    """

    generator: SiteGenerator
    site: Site
    bundles: frozenset[PurePosixPath]
    has_posts_folder: bool


def scan_layout(generator: SiteGenerator, site: Site, source_paths: Iterable[str]) -> SiteLayout:
    """Find the bundles and special folders among all files."""
    paths = [PurePosixPath(source_path) for source_path in source_paths]
    bundles = frozenset(path.parent for path in paths if path.stem == "index" and len(path.parts) > 1)
    return SiteLayout(generator, site, bundles, any(_POST_FOLDERS & {*path.parts[:-1]} for path in paths))


def skip_reason(layout: SiteLayout, source_path: str, matter: FrontMatter, *, has_text: bool) -> str | None:
    """Return the reason why a file is not a post for its generator; `None` if it is one."""
    path = PurePosixPath(source_path)
    if not source_path.startswith(layout.site.content):
        return f"outside {layout.site.content}, the folder of the site's pages"
    if path.stem == "_index":
        return "the page of a section, not a post"
    if not has_text and "title" not in matter.values and {"template", "layout"} & matter.values.keys():
        return "a page without title and text, which only its template fills"
    if path.stem.lower() in _ABOUT_THE_FOLDER and matter.kind is Kind.NONE:
        return "about the folder, not a post"
    if (
        layout.generator is SiteGenerator.JEKYLL
        and layout.has_posts_folder
        and not _POST_FOLDERS & {*path.parts[:-1]}
    ):
        return "a page, not a post: it is outside _posts"
    if layout.generator in (SiteGenerator.ZOLA, SiteGenerator.HUGO) and _is_resource(layout, path):
        return "a resource of the page in its folder"
    return None


def _is_resource(layout: SiteLayout, path: PurePosixPath) -> bool:
    above = path.parent.parents if path.stem == "index" else path.parents
    return any(folder in layout.bundles for folder in above)


def resolve_location(
    generator: SiteGenerator, site: Site, source_path: str, metadata: Metadata
) -> PostLocation:
    """Return the URL path at which the generator serves a post, from front matter, file name and folders."""
    folders, name = _name(site, source_path)
    dated_name = _DATED_NAME.fullmatch(name)
    from_name = _midnight(site.zone, *dated_name.groups()[:3]) if dated_name else None
    # Zola and Jekyll always remove the date from the name; others only if they need it.
    always = generator in (SiteGenerator.ZOLA, SiteGenerator.JEKYLL)
    if dated_name and from_name and (always or metadata.published_at is None):
        name = dated_name[4]
    slug = (metadata.slug or "").strip("/").rpartition("/")[2] or _slug(generator, name)
    path = _path(generator, site, folders, slug, metadata, published_at=metadata.published_at or from_name)
    dated = from_name or _date_in(path, site.zone) or _date_in(source_path, site.zone)
    if not metadata.slug and metadata.path and path != "/" and generator is not SiteGenerator.JEKYLL:
        slug = path.rpartition("/")[2]
    return PostLocation(slug, path, dated)


def aliases(generator: SiteGenerator, path: str, metadata: Metadata) -> tuple[str, ...]:
    """Return the previous paths of the post at `path`; Hugo's relative ones are resolved against its folder."""
    parent = path.rpartition("/")[0] if generator is SiteGenerator.HUGO else ""
    absolute = (
        site_path(alias if alias.startswith("/") or "://" in alias else f"{parent}/{alias}")
        for alias in metadata.aliases
    )
    return tuple(dict.fromkeys(alias for alias in absolute if alias not in (None, "/", path)))


def title_from_file_name(name: str) -> str:
    """Return a title made from the file name."""
    words = re.sub(r"[-_\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def _name(site: Site, source_path: str) -> tuple[list[str], str]:
    *folders, file = source_path.removeprefix(site.content).split("/")
    stem = PurePosixPath(file).stem
    return (folders[:-1], folders[-1]) if stem == "index" and folders else (folders, stem)


def _slug(generator: SiteGenerator, name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    if generator is SiteGenerator.ZOLA:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or text
    if generator is SiteGenerator.HUGO:
        return re.sub(r"[^\w.+-]+", "-", text.lower()).strip("-") or text
    return re.sub(r"\s+", "-", text) or text


def _path(
    generator: SiteGenerator,
    site: Site,
    folders: list[str],
    slug: str,
    metadata: Metadata,
    *,
    published_at: datetime | None,
) -> str:
    written = metadata.path
    if written is None and "/" in (metadata.slug or ""):
        written = metadata.slug
    if generator is SiteGenerator.JEKYLL:
        at = (published_at or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(site.zone)
        written = _permalink(written or site.permalink or "date", folders, slug, metadata, at)
    if written is not None and (path := site_path(written)) is not None:
        return path
    if generator is SiteGenerator.HUGO:
        folders = [re.sub(r"\s+", "-", folder.lower()) for folder in folders]
    if generator is SiteGenerator.NEXTJS:
        folders = [folder.removeprefix("_") for folder in folders if folder not in _SOURCE_FOLDERS]
    return site_path("/".join((site.address, *folders, slug))) or f"/{slug}"


def _permalink(template: str, folders: list[str], slug: str, metadata: Metadata, at: datetime) -> str:
    places = [folder for folder in folders if folder not in _POST_FOLDERS]
    values = {
        "categories": "/".join(dict.fromkeys([*places, *(name.lower() for name in metadata.categories)])),
        "title": slug,
        "slug": slug.lower(),
        "year": f"{at:%Y}",
        "short_year": f"{at:%y}",
        "month": f"{at:%m}",
        "i_month": str(at.month),
        "day": f"{at:%d}",
        "i_day": str(at.day),
        "y_day": f"{at:%j}",
        "week": f"{at:%V}",
        "short_day": f"{at:%a}",
        "hour": f"{at:%H}",
        "minute": f"{at:%M}",
        "second": f"{at:%S}",
        "output_ext": ".html",
        "collection": "posts",
    }
    pattern = _NAMED_PERMALINKS.get(template, template)
    path = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), pattern)
    return re.sub(r"^/+", "/", path)  # without categories there are two slashes, as before a host name


def _date_in(path: str, zone: tzinfo) -> datetime | None:
    days = (_midnight(zone, *found.groups()) for found in _DATED_PATH.finditer(path))
    return next((day for day in days if day), None)


def _midnight(zone: tzinfo, year: str, month: str, day: str) -> datetime | None:
    try:
        return datetime(int(year), int(month), int(day), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
