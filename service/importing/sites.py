"""Reads the settings files of a site: its generator, content folder and URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Any

from service.config.variables import time_zone, zone_of
from service.importing.front_matter import BadFrontMatter, Kind, parse
from service.importing.records import FileIssue


class SiteGenerator(StrEnum):
    """The static site generator of a folder."""

    ZOLA = "Zola"
    HUGO = "Hugo"
    JEKYLL = "Jekyll"
    NEXTJS = "Next.js"
    MARKDOWN = "plain Markdown"


@dataclass(frozen=True, slots=True)
class Site:
    """The settings of a site.

    `generator` is `None` if they do not tell the generator. `content` is the folder of the posts, `""` or ending with
    `/`; `address` is the URL path under which it is served, in the same form. `static` are the folders that are served
    from the root. `urls` are the site's URLs without a trailing slash. `root_name` is the name of the folder itself.
    `zone` is the time zone of dates that name none.
    """

    root_name: str = ""
    generator: SiteGenerator | None = None
    content: str = ""
    address: str = ""
    static: tuple[str, ...] = ("", "static/", "public/", "assets/")
    urls: tuple[str, ...] = ()
    permalink: str | None = None
    zone: tzinfo = UTC


_SETTINGS = {
    "zola.toml": Kind.TOML,
    "hugo.toml": Kind.TOML,
    "hugo.yaml": Kind.YAML,
    "hugo.yml": Kind.YAML,
    "hugo.json": Kind.JSON,
    "config.toml": Kind.TOML,
    "config.yaml": Kind.YAML,
    "config.yml": Kind.YAML,
    "config.json": Kind.JSON,
    "_config.yml": Kind.YAML,
    "_config.yaml": Kind.YAML,
    "_config.toml": Kind.TOML,
}
_NEXT_CONFIG = re.compile(r"next\.config\.(?:js|mjs|cjs|ts)")
_NEXT_FOLDERS = (
    "posts/",
    "_posts/",
    "content/posts/",
    "content/blog/",
    "src/posts/",
    "data/blog/",
    "blog/",
    "content/",
)
_WEB_ADDRESS = re.compile(r"https?://[^/\s]+[^\s]*", re.IGNORECASE)
_HIDING_PLACES = frozenset({"content", "posts", "_posts", "src", "data"})


def read_site(
    root_parts: tuple[str, ...],
    files: Collection[str],
    read_text: Callable[[str], str],
    zone: tzinfo = UTC,
) -> tuple[Site, list[FileIssue]]:
    """Read the settings at the root of the tree.

    `root_parts` are the parent folders of the tree, which determine the URL path of `.../content/blog`. `read_text`
    reads one of `files`. `zone` is that of a site whose settings name none. Invalid settings are reported, and defaults
    are used.
    """
    refusals = []
    root_name = root_parts[-1] if root_parts else ""
    for name in [name for name in _SETTINGS if name in files]:
        try:
            settings = parse(_SETTINGS[name], read_text(name))
        except (BadFrontMatter, OSError, ValueError) as error:
            refusals.append(FileIssue(name, str(error)))
            continue
        if isinstance(settings, dict) and (site := _configured(name, settings, files, zone)) is not None:
            return replace(site, root_name=root_name), refusals
    if any(_NEXT_CONFIG.fullmatch(file) for file in files):
        content = next((folder for folder in _NEXT_FOLDERS if _has_posts(folder, files)), "")
        address = _next_address(content.split("/")) if content else ""
        return Site(root_name, SiteGenerator.NEXTJS, content, address, zone=zone), refusals
    return Site(root_name, address=_address_of(root_parts), zone=zone), refusals


def _configured(name: str, settings: dict[str, Any], files: Collection[str], zone: tzinfo) -> Site | None:
    urls = _urls(settings)
    if name.startswith("_config"):
        permalink = settings.get("permalink")
        return Site(
            generator=SiteGenerator.JEKYLL,
            urls=urls,
            permalink=permalink if isinstance(permalink, str) else None,
            zone=_zone(settings, zone),
        )
    if name.startswith("zola") or "base_url" in settings:
        generator = SiteGenerator.ZOLA
    elif name.startswith("hugo") or "baseurl" in {key.lower() for key in settings}:
        generator = SiteGenerator.HUGO
    else:
        return None  # settings of another program
    return Site(
        generator=generator,
        content="content/" if _has_posts("content/", files) else "",
        urls=urls,
        zone=_zone(settings, zone),
    )


def _zone(settings: dict[str, Any], default: tzinfo) -> tzinfo:
    """Return the time zone of the settings, `timezone` (Jekyll) or `timeZone` (Hugo), if they name a known one."""
    name = next((value for key, value in settings.items() if key.lower() == "timezone"), None)
    try:
        return zone_of(time_zone(name)) if isinstance(name, str) else default
    except ValueError:
        return default


def _urls(settings: dict[str, Any]) -> tuple[str, ...]:
    folded = {
        key.lower().replace("_", ""): value for key, value in settings.items() if isinstance(value, str)
    }
    base = folded.get("baseurl", "")
    candidates = (base, folded.get("url", "") + base, folded.get("url", ""))
    return tuple(url.rstrip("/") for url in candidates if _WEB_ADDRESS.fullmatch(url))


def _has_posts(folder: str, files: Collection[str]) -> bool:
    return any(file.startswith(folder) and file.endswith((".md", ".mdx", ".markdown")) for file in files)


def _address_of(root_parts: tuple[str, ...]) -> str:
    if "content" in root_parts:
        last = len(root_parts) - root_parts[::-1].index("content")
        return "".join(f"{part}/" for part in root_parts[last:])
    return _next_address(root_parts[-1:]) if root_parts[-1:] in (("posts",), ("blog",)) else ""


def _next_address(parts: list[str] | tuple[str, ...]) -> str:
    named = [part for part in parts if part and part not in _HIDING_PLACES]
    return "".join(f"{part}/" for part in named) or "posts/"
