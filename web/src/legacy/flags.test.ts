import { readdirSync, readFileSync } from 'node:fs';

import { afterEach, expect, test, vi } from 'vitest';

import { settings } from '../../next.config';
import { flagForRoute, rolloutBucket, routeOf, routesToLegacy } from './flags';
import { MAX_BODY_BYTES } from './reverse-proxy';
import { type Flag, INTERNAL, ROUTES } from './routes';

const SOURCES = new URL('../app', import.meta.url);
const visitor = (more: Partial<Parameters<typeof routesToLegacy>[1]> = {}) => ({
  id: 'somebody',
  cookie: () => undefined,
  header: () => null,
  ...more,
});

afterEach(() => vi.restoreAllMocks());

/** The addresses that the folder of the application makes; pictures and lists that Next names by itself are routes too. */
function routesOfTheFolder(): string[] {
  const NAMED: Record<string, string> = {
    page: '', route: '', sitemap: '/sitemap.xml', robots: '/robots.txt', manifest: '/manifest.webmanifest',
    icon: '/icon', 'apple-icon': '/apple-icon', 'opengraph-image': '/opengraph-image', 'twitter-image': '/twitter-image',
  };
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    const parts = file.split('/').filter((part) => !part.startsWith('('));
    const ending = NAMED[(parts.pop() ?? '').replace(/\.tsx?$/, '')];
    return ending === undefined ? [] : [['', ...parts].join('/') + ending || '/'];
  });
}

test('the table lists every address of ours, and no other', () => {
  const found = [...routesOfTheFolder(), ...readdirSync(new URL('../../public', import.meta.url)).map((name) => `/${name}`)];
  const visible = found.filter((route) => !INTERNAL.includes(route));
  expect(Object.keys(ROUTES).sort()).toEqual([...new Set(visible)].sort());
});

test.each([
  ['/', '/'],
  ['/posts/a-first-post', '/posts/[slug]'],
  ['/posts/caf%C3%A9', '/posts/[slug]'],
  ['/posts/a-first-post/opengraph-image-1tl6ux', '/posts/[slug]/opengraph-image'],
  ['/opengraph-image', '/opengraph-image'],
  ['/opengraph-imagery', undefined],
  ['/posts', undefined],
  ['/posts/a/b', undefined],
  ['/api/auth/login', '/api/[...path]'],
  ['/api', undefined],
  ['/feed.xml', '/feed.xml'],
  ['/feedsxml', undefined],
  ['/items/live', '/items/live'],
  ['/itemsandmore', undefined],
  ['/unavailable', undefined],
])('%s belongs to %s', (path, route) => {
  expect(routeOf(path)).toBe(route);
});

test.each<[Flag, Parameters<typeof visitor>[0], boolean]>([
  ['off', {}, false],
  ['0%', {}, false],
  ['100%', {}, true],
  ['cookie site=legacy', { cookie: (name) => (name === 'site' ? 'legacy' : undefined) }, true],
  ['cookie site=legacy', { cookie: () => 'new' }, false],
  ['cookie site=legacy', {}, false],
  ['cookie site', { cookie: () => 'anything' }, true],
  ['header x-site=legacy', { header: (name) => (name === 'x-site' ? 'legacy' : null) }, true],
  ['header x-site=legacy', { header: () => '' }, false],
  ['header x-site', { header: () => '' }, true],
  ['header x-site', {}, false],
])('%s sends back: %j %s', (flag, who, back) => {
  expect(routesToLegacy(flag, visitor(who))).toBe(back);
});

test('a share is kept, and whoever is in a small one is in a greater one', () => {
  const ids = Array.from({ length: 20_000 }, (_, number) => `visitor-${number}`);
  const back = (flag: Flag) => ids.filter((id) => routesToLegacy(flag, visitor({ id })));
  const [few, some] = [back('2.5%'), back('25%')];
  expect(few.length / ids.length).toBeCloseTo(0.025, 2);
  expect(some.length / ids.length).toBeCloseTo(0.25, 2);
  expect(some).toEqual(expect.arrayContaining(few));
});

test('a visitor has the same place in every process and release', () => {
  // Whoever is moved by a change of the hash finds another site than yesterday.
  expect(rolloutBucket('9d0a2f5e-8a52-4ad0-a0b7-7c1f0b8c7b6e').toFixed(4)).toBe('28.2643');
});

test('the running server has the last word on a flag', () => {
  expect(flagForRoute('/items', '/items=25%, /archive=cookie site=legacy')).toBe('25%');
  expect(flagForRoute('/archive', '/items=25%, /archive=cookie site=legacy')).toBe('cookie site=legacy');
  expect(flagForRoute('/tags', '/items=25%')).toBe(ROUTES['/tags']);
  expect(flagForRoute('/tags', undefined)).toBe(ROUTES['/tags']);
});

test.each(['/nowhere=25%', '/items=sometimes', '/items', '/items=25', '/items=cookie '])('%s is told and left out', (slip) => {
  const told = vi.spyOn(console, 'error').mockReturnValue();
  expect(flagForRoute('/items', slip)).toBe(ROUTES['/items']);
  expect(told).toHaveBeenCalledOnce();
  expect(flagForRoute('/archive', `${slip}, /archive=1%`)).toBe('1%');
});

test('a body is refused where Next would cut it off', () => {
  expect(settings.experimental?.proxyClientMaxBodySize).toBe(`${MAX_BODY_BYTES / 1024 / 1024}mb`);
});

test('the flags that the guide shows are flags', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const shown = [...readme.matchAll(/^ +'(\/[^']*)': '([^']*)',/gm)];
  expect(shown.length).toBeGreaterThan(2);
  for (const [, route = '', flag = ''] of shown) expect(flagForRoute(route, `${route}=${flag}`)).toBe(flag);
});
