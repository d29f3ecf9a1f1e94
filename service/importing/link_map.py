"""Resolves links between the posts and files of an imported folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import unquote

from service.importing.records import FileLink, PostLink, SourcePost
from service.importing.sites import Site

RASTER = frozenset({".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp"})
POSTS = frozenset({".md", ".markdown", ".mdown", ".mdx", ".mkd"})

# The file of a page bundle that is its cover, the first of these (Hugo's own templates, Blowfish, Congo).
_BUNDLED_COVERS = ("feature", "cover", "thumbnail")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_SUFFIX = re.compile(r"[?#].*", re.DOTALL)
_POST_TEMPLATE = re.compile(
    r"\{%-?\s*(?:post_url|link)\s+(?P<liquid>[^\s%]+)\s*-?%\}|\{\{[<%]\s*(?:rel)?ref\s+[\"`]?(?P<hugo>[^\s\"`>]+)[\"`]?\s*[>%]\}\}"
)
_URL_TEMPLATE = re.compile(
    r"\{\{-?\s*(?:site\.(?:baseurl|url)|page\.baseurl|[\"'](?P<path>[^\"']*)[\"']\s*\|\s*(?:relative|absolute)_url)\s*-?\}\}"
)


class LinkMap:
    """The posts of a tree by file name and by all their current and previous paths, and its other files."""

    def __init__(self, site: Site, posts: Iterable[SourcePost], files: Iterable[str]) -> None:
        self._site = site
        self._files = frozenset(files)
        self._by_source: dict[str, tuple[str, str]] = {}
        self._by_name: dict[str, tuple[str, str]] = {}
        self._by_path: dict[str, tuple[str, str]] = {}
        posts = [*posts]
        for post in posts:
            target = (post.source_path, post.slug)
            self._by_source[post.source_path] = target
            self._by_source.setdefault(str(PurePosixPath(post.source_path).with_suffix("")), target)
            self._by_name.setdefault(PurePosixPath(post.source_path).stem, target)
            self._by_path.setdefault(_address(post.canonical_path), target)
        for post in posts:  # a current path takes precedence over a previous one
            for alias in post.aliases:
                self._by_path.setdefault(_address(alias), (post.source_path, post.slug))
        for address, target in [
            *self._by_path.items()
        ]:  # servers also serve a page without the extension of its name
            self._by_path.setdefault(address.removesuffix(".html"), target)

    def resolve(self, source_path: str, canonical_path: str, destination: str) -> PostLink | FileLink | None:
        """Resolve `destination` in the post with this file and path; None if it leads out of the tree."""
        destination, named = _without_templates(destination.strip())
        local = self._within_site(destination)
        suffix = _SUFFIX.search(local or "")
        path = unquote(local[: suffix.start()] if suffix else local) if local else ""
        if not path or "\0" in path:
            return None
        if named and (target := self._by_name.get(PurePosixPath(path).stem)):
            return PostLink(*target, suffix[0] if suffix else "")
        return self._post(source_path, canonical_path, path, suffix[0] if suffix else "") or self._file(
            source_path, canonical_path, path
        )

    def has_file(self, path: str) -> bool:
        """Tell whether there is a file at this path."""
        return path in self._files

    def bundled_cover(self, source_path: str) -> str | None:
        """Return the name of the image that is the cover of the page bundle of this file; None if there is none."""
        path = PurePosixPath(source_path)
        return self._bundled_covers.get(str(path.parent)) if path.stem == "index" else None

    @cached_property
    def _bundled_covers(self) -> dict[str, str]:
        """The covers by folder."""
        covers: dict[str, str] = {}
        for start in _BUNDLED_COVERS:
            for file in sorted(self._files):
                path = PurePosixPath(file)
                if path.name.lower().startswith(start) and path.suffix.lower() in RASTER:
                    covers.setdefault(str(path.parent), path.name)
        return covers

    def _within_site(self, destination: str) -> str | None:
        for url in self._site.urls:
            if destination.startswith(url) and destination[len(url) : len(url) + 1] in ("", "/", "?", "#"):
                return destination[len(url) :] or "/"
        return None if _SCHEME.match(destination) else destination

    def _post(self, source_path: str, canonical_path: str, path: str, suffix: str) -> PostLink | None:
        content = self._site.content
        if path.startswith("@/"):  # Zola's syntax for a content file
            sources = [content + path[2:]]
        elif path.startswith("/"):
            sources = [content + path[1:], path[1:]]
        else:
            sources = [posixpath.join(posixpath.dirname(source_path), path), content + path]
        for source in sources:
            # A page bundle can be referred to by its folder.
            normal = posixpath.normpath(source)
            for candidate in (normal, f"{normal}/index"):
                if (target := self._by_source.get(candidate)) and candidate != posixpath.splitext(
                    source_path
                )[0]:
                    return PostLink(*target, suffix)
        for address in _addresses(canonical_path, path):
            if target := self._by_path.get(address) or self._by_path.get(address.removesuffix(".html")):
                return PostLink(*target, suffix)
        return None

    def _file(self, source_path: str, canonical_path: str, path: str) -> FileLink | None:
        candidates = [posixpath.normpath(posixpath.join(posixpath.dirname(source_path), path))]
        for address in _addresses(canonical_path, path):
            candidates += [f"{folder}{address[1:]}" for folder in self._site.static]
            folder, _, name = address.rpartition("/")
            if target := self._by_path.get(folder):  # a file of a page bundle
                candidates.append(posixpath.join(posixpath.dirname(target[0]), name))
        file = next((file for file in candidates if file in self._files), None)
        if file is None or PurePosixPath(file).suffix.lower() in POSTS:
            return None
        return FileLink(file, PurePosixPath(file).suffix.lower() in RASTER)


def _without_templates(destination: str) -> tuple[str, bool]:
    """Return the path in a template tag, and whether the tag refers to a post by its file name."""
    if "{" not in destination:
        return destination, False
    if tag := _POST_TEMPLATE.search(destination):
        return (tag["liquid"] or tag["hugo"]) + destination[tag.end() :], True
    return _URL_TEMPLATE.sub(lambda url: url["path"] or "", destination), False


def _addresses(canonical_path: str, path: str) -> list[str]:
    """Return the absolute paths that `path` can mean: generators serve pages as folders or as files."""
    bases = ("/",) if path.startswith("/") else (canonical_path, posixpath.dirname(canonical_path))
    return list(dict.fromkeys(_address(posixpath.normpath(posixpath.join(base, path))) for base in bases))


def _address(path: str) -> str:
    path = path.removesuffix("/index.html").rstrip("/")
    return unquote(path) if path.startswith("/") else f"/{unquote(path)}"
