import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Image, Post, User } from '@/client';
import { client } from '@/client/client.gen';
import { ALL_POSTS_TAG, CACHE_TAGS } from './cache-tags';
import { tagsOfEvent } from './event-tags';
import { eventsOfUser, resourceAt, watchPublicChange } from './public-changes';

// Only says that a module must not reach a browser; the bundler knows, Node does not.
vi.mock('server-only', () => ({}));

const ID = '019aa44d-c27d-7e3e-bc8b-db37c2131658';
const PATH = `/api/posts/${ID}`;
const EARLIER = '019aa44d-c27d-7e3e-bc8b-000000000001';
const LATER = '019aa44d-c27d-7e3e-bc8b-000000000002';

const POST: Post = {
  id: ID,
  title: 'The Engine',
  slug: 'the-engine',
  excerpt: 'It weaves.',
  author: { id: 1, username: 'Ada', display_name: 'Ada', avatar: null },
  body: 'Text',
  body_html: '<p>Text</p>',
  contents: [],
  images: [],
  cover: null,
  cover_alt_text: null,
  cover_caption: null,
  card: null,
  word_count: 1,
  reading_minutes: 1,
  tags: [{ name: 'Looms', slug: 'looms' }],
  canonical_url: null,
  seo_title: 'The Engine',
  seo_description: 'It weaves.',
  status: 'published',
  scheduled_at: null,
  publication_failure: null,
  published_at: '2026-11-20T10:00:00Z',
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  etag: '"1"',
};
const IMAGE: Image = {
  id: ID,
  url: '/media/9f86d081884c7d659a2feaa0c55ad015.jpg',
  media_type: 'image/jpeg',
  width: 4000,
  height: 3000,
  alt_text: 'A loom',
  caption: '',
  credit: '',
  focal_point: { x: 50, y: 50 },
  dominant_color: null,
  placeholder: null,
  sources: [],
  crops: { square: null, card: null },
};
const USER: User = {
  id: 1,
  username: 'ada',
  display_name: 'Ada',
  email: 'ada@example.org',
  pending_email: null,
  role: 'author',
  is_active: true,
  comment_notifications: true,
  deletion_at: null,
  bio: '',
  avatar: null,
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
};

/** What the API serves to readers at each path; what is not in it is a 404. */
let served: Record<string, unknown> = {};
let asked: string[] = [];
let server: Server;

function answerTo(url: URL): [number, unknown] {
  if (url.pathname === '/api/posts') {
    const [id, published_at] = url.searchParams.has('published_before')
      ? [EARLIER, '2026-11-19T10:00:00Z']
      : [LATER, '2026-11-21T10:00:00Z'];
    return [200, [POST, { ...POST, id, published_at }].map((post) => ({ ...post, cursor: 'A'.repeat(32) }))];
  }
  const found = served[url.pathname];
  if (typeof found === 'number') return [found, { type: 'x', title: 'x', status: found, detail: 'x', code: 'X', error: 'x' }];
  return found ? [200, found] : [404, { type: 'x', title: 'x', status: 404, detail: 'x', code: 'NOT_FOUND', error: 'x' }];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const [status, body] = answerTo(new URL(request.url ?? '', 'http://localhost'));
    response.writeHead(status, { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client.setConfig({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(() => server.close());
beforeEach(() => {
  served = {};
  asked = [];
});

/** Return the tags of a call to `path` before which readers see `before` at `read`, and after it `after`. */
async function tagsOf(path: string, before: unknown, after: unknown, read = path): Promise<string[]> {
  served[read] = before;
  const stale = await watchPublicChange(resourceAt(path, client));
  served[read] = after;
  return (await stale()).toSorted();
}

const OWN = [CACHE_TAGS.post('the-engine'), CACHE_TAGS.sitemap];
const LISTS = [
  ...OWN,
  CACHE_TAGS.posts,
  CACHE_TAGS.postsBy('Ada'),
  CACHE_TAGS.postsTagged('looms'),
  ...[ID, EARLIER, LATER].map(CACHE_TAGS.adjacent),
];
const COUNTS = [CACHE_TAGS.tags, CACHE_TAGS.archive, CACHE_TAGS.author('ada')];

describe('a draft', () => {
  it.each([
    ['created', '/api/posts'],
    ['saved or deleted', PATH],
    ['deleted from the trash', `/api/posts/trash/${ID}`],
    ['restored', `${PATH}/restore`],
  ])('changes nothing for readers when it is %s', async (_done, path) => {
    expect(await tagsOf(path, undefined, undefined, PATH)).toEqual([]);
  });

  it('that is saved is read once', async () => {
    await tagsOf(PATH, undefined, undefined);
    expect(asked).toEqual([PATH]);
  });
});

describe('a public post', () => {
  it('whose body is saved changes its page, and no list', async () => {
    expect(await tagsOf(PATH, POST, { ...POST, body: 'More', body_html: '<p>More</p>', etag: '"2"' })).toEqual(OWN.toSorted());
  });

  it('with another title changes the lists that show it, and the links from the posts next to it', async () => {
    expect(await tagsOf(PATH, POST, { ...POST, title: 'The Loom', etag: '"2"' })).toEqual(LISTS.toSorted());
  });

  it('with another cover changes the lists that show it', async () => {
    expect(await tagsOf(PATH, POST, { ...POST, cover: IMAGE, etag: '"2"' })).toEqual(LISTS.toSorted());
  });

  it('with other tags changes the lists of both', async () => {
    const tagged = { ...POST, tags: [{ name: 'Cards', slug: 'cards' }], etag: '"2"' };
    const expected = [...LISTS, ...COUNTS, CACHE_TAGS.postsTagged('cards')];
    expect(await tagsOf(PATH, POST, tagged)).toEqual(expected.toSorted());
  });

  it('with another slug changes the pages at both, and what redirects to it', async () => {
    const expected = [...LISTS, CACHE_TAGS.post('the-loom'), CACHE_TAGS.redirects];
    expect(await tagsOf(PATH, POST, { ...POST, slug: 'the-loom', etag: '"2"' })).toEqual(expected.toSorted());
  });

  it.each([
    [`${PATH}/publish`, undefined, POST],
    [`${PATH}/restore`, undefined, POST],
    [`${PATH}/unpublish`, POST, undefined],
    [PATH, POST, undefined],
  ])('appears or disappears everywhere: %s', async (path, before, after) => {
    const expected = [...LISTS, ...COUNTS, CACHE_TAGS.redirects];
    expect(await tagsOf(path, before, after, PATH)).toEqual(expected.toSorted());
  });

  it('that is as it was changes nothing', async () => {
    expect(await tagsOf(PATH, POST, POST)).toEqual([]);
  });

  it('that is archived leaves the lists and keeps its page', async () => {
    const expected = [...LISTS, ...COUNTS];
    expect(await tagsOf(`${PATH}/archive`, POST, { ...POST, status: 'archived' }, PATH)).toEqual(expected.toSorted());
  });

  it('of which the API does not say what readers saw may have changed everything', async () => {
    expect(await tagsOf(PATH, 503, POST)).toContain(ALL_POSTS_TAG);
  });

  it('gets a comment, which its own page alone shows', async () => {
    expect(await tagsOf(`${PATH}/comments`, undefined, undefined)).toEqual([CACHE_TAGS.comments(ID)]);
    expect(asked).toEqual([]);
  });
});

describe('a tag', () => {
  const TAG = { id: 7, name: 'Looms', slug: 'looms', post_count: 2, created_at: '2026-11-20T10:00:00Z' };

  it('of drafts alone changes nothing for readers', async () => {
    expect(await tagsOf('/api/tags/7', { ...TAG, post_count: 0 }, undefined)).toEqual([]);
    expect(await tagsOf('/api/tags/7', undefined, undefined)).toEqual([]);
    expect(await tagsOf('/api/tags', undefined, undefined)).toEqual([]);
  });

  it('of public posts changes what shows its name', async () => {
    expect(await tagsOf('/api/tags/7', TAG, undefined)).toEqual(expect.arrayContaining([CACHE_TAGS.tags, ALL_POSTS_TAG]));
    const merged = await tagsOf('/api/tags/7/merge', TAG, TAG, '/api/tags/7');
    expect(merged).toEqual(expect.arrayContaining([CACHE_TAGS.tags, ALL_POSTS_TAG]));
  });
});

describe('an account', () => {
  const tagsOfUser = async (after: User | undefined) => (await Promise.all(eventsOfUser(USER, after).map(tagsOfEvent))).flat();

  it('whose name changes changes what shows it', async () => {
    const renamed = await tagsOfUser({ ...USER, username: 'countess' });
    const named = [CACHE_TAGS.author('ada'), CACHE_TAGS.author('countess'), ALL_POSTS_TAG];
    expect(renamed).toEqual(expect.arrayContaining(named));
    expect(await tagsOfUser({ ...USER, display_name: 'A. L.' })).toContain(ALL_POSTS_TAG);
    expect(await tagsOfUser({ ...USER, avatar: IMAGE })).toContain(ALL_POSTS_TAG);
    expect(await tagsOfUser(undefined)).toContain(ALL_POSTS_TAG);
  });

  it.each([{ bio: 'Of engines.' }, { role: 'reader' as const }, { is_active: false }])('changes its profile: %o', async (change) => {
    expect(await tagsOfUser({ ...USER, ...change })).toEqual([CACHE_TAGS.author('ada')]);
  });

  it('changes nothing for readers by its e-mail address', async () => {
    const path = '/api/users/1';
    expect(await tagsOf(path, USER, { ...USER, email: 'countess@example.org' })).toEqual([]);
  });

  it.each(['/api/users', '/api/auth/logout', '/api/auth/password', '/api/media'])('changes nothing for readers: %s', async (path) => {
    expect(await tagsOf(path, undefined, undefined)).toEqual([]);
    expect(asked).toEqual([]);
  });
});
