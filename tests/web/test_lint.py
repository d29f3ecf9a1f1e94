"""TypeScript, ESLint, Prettier and unit tests of the web app, with planted violations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.node import WEB, copied, run

COMPONENT = "src/components/planted.tsx"
BY_HAND = "Call the API by a function of @/client"
UPWARDS = "src/components may not import from api, app, legacy, session"
SERVERS_CLIENT = "A client component takes only types from @/client"

# A client component that breaks a rule in each of these lines.
BROKEN = {
    "import { listPosts } from '@/client';": SERVERS_CLIENT,
    "import { zPost } from '../client/zod.gen';": SERVERS_CLIENT,
    "export { getMe } from '@/client/server.gen';": SERVERS_CLIENT,
    "export const later = import('@/client');": SERVERS_CLIENT,
    "import { updateTag } from '../api/cache-tags';": UPWARDS,
    "import type { Flag } from '@/legacy/routes';": UPWARDS,
    "import axios from 'axios';": BY_HAND,
    "export const most = import('axios');": BY_HAND,
    "export const posts = fetch('/api/posts');": BY_HAND,
    "export const again = window.fetch('/api/posts');": BY_HAND,
    "export const { fetch: renamed } = window;": BY_HAND,
    "export const old = new XMLHttpRequest();": BY_HAND,
    "export const stream = new EventSource('/api/posts');": BY_HAND,
    "export const sent = navigator.sendBeacon('/api/posts');": BY_HAND,
    "export const untyped = axios.get({ url: '/api/posts' });": BY_HAND,
    'export const Form = () => <form action="/api/posts" />;': BY_HAND,
    'export const Side = () => <p className="mt-2 ml-2" />;': "Say start and end",
    'export const Name = () => <nav aria-label="Pages" />;': "Every visible word lives in src/messages",
    "export const Words = () => <p>Not to be translated</p>;": "Not to be translated",
    "export default listPosts;": "Prefer named exports",
}
KEPT = """'use client';
import type { Post } from '@/client';
import { type User, type Tag } from '@/client';
import { listPosts } from '@/client/browser.gen';

export type Known = Post | User | Tag;
export const Form = () => <form action="/search" className="ms-2">{listPosts.name}</form>;
"""


def eslint(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    done = run(WEB, "eslint", "--max-warnings=0", "--format=stylish", *arguments, stdin=stdin)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def complaints() -> dict[int, str]:
    """Return what ESLint says of each line of a component that breaks all rules."""
    text = "\n".join(["'use client';", *BROKEN])
    _, said = eslint("--stdin", "--stdin-filename", COMPONENT, stdin=text)
    found: dict[int, str] = {}
    for line in said.splitlines():
        place, _, words = line.strip().partition(" ")
        if place.partition(":")[0].isdecimal():
            number = int(place.partition(":")[0])
            found[number] = found.get(number, "") + words
    return found


def test_the_linter_finds_nothing() -> None:
    status, said = eslint(".")
    assert (status, said) == (0, ""), said


@pytest.mark.parametrize("planted", BROKEN)
def test_the_linter_sees(planted: str, complaints: dict[int, str]) -> None:
    line = list(BROKEN).index(planted) + 2
    assert BROKEN[planted] in complaints.get(line, "nothing"), complaints


def test_the_linter_lets_through_what_is_right() -> None:
    assert eslint("--stdin", "--stdin-filename", COMPONENT, stdin=KEPT) == (0, "")


@pytest.mark.parametrize(
    "file", ["src/lib/api-fetch.ts", "src/lib/failed-pages.ts", "src/legacy/reverse-proxy.ts"]
)
def test_only_what_passes_on_may_ask_by_itself(file: str) -> None:
    asking = "export const answer = fetch('http://127.0.0.1/');\n"
    assert eslint("--stdin", "--stdin-filename", file, stdin=asking) == (0, "")
    beside = str(Path(file).with_name("planted.ts"))
    status, said = eslint("--stdin", "--stdin-filename", beside, stdin=asking)
    assert (status, BY_HAND in said) == (1, True)


def test_the_whole_application_compiles(tmp_path: Path) -> None:
    web = copied(tmp_path)
    done = run(web, "next", "typegen", env={"NEXT_TELEMETRY_DISABLED": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(web, "tsc", "--noEmit", "--pretty", "false")
    assert (done.returncode, done.stdout) == (0, "")
