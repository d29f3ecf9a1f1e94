import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ZodError } from 'zod';
import { client } from '@/client/client.gen';
import { ALL_LISTS_TAG, ALL_POSTS_TAG, CACHE_TAGS } from './cache-tags';
import { tagsOfEvent } from './event-tags';

// Only says that a module must not reach a browser; the bundler knows, Node does not.
vi.mock('server-only', () => ({}));

const ID = '019aa44d-c27d-7e3e-bc8b-db37c2131658';
const EARLIER = '019aa44d-c27d-7e3e-bc8b-000000000001';
const LATER = '019aa44d-c27d-7e3e-bc8b-000000000002';
const POST = {
  id: ID,
  slug: 'the-engine',
  previous_slugs: ['engine'],
  published_at: '2026-11-20T10:00:00Z',
  author: { username: 'Ada' },
  tags: [{ name: 'Looms', slug: 'looms' }],
};
const LISTED = [
  CACHE_TAGS.post('the-engine'),
  CACHE_TAGS.post('engine'),
  CACHE_TAGS.sitemap,
  CACHE_TAGS.redirects,
  CACHE_TAGS.tags,
  CACHE_TAGS.archive,
  CACHE_TAGS.posts,
  CACHE_TAGS.postsBy('Ada'),
  CACHE_TAGS.postsTagged('looms'),
  CACHE_TAGS.author('ada'),
  ...[ID, EARLIER, LATER].map(CACHE_TAGS.adjacent),
];

let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const isBefore = (request.url ?? '').includes('published_before');
    const neighbour = { id: isBefore ? EARLIER : LATER, published_at: isBefore ? '2026-11-19T10:00:00Z' : '2026-11-21T10:00:00Z' };
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify([summary({}), summary(neighbour)]));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client.setConfig({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(() => server.close());

const summary = (changed: object) => ({
  ...POST,
  title: 'The Engine',
  excerpt: 'It weaves.',
  author: { id: 1, username: 'Ada', display_name: 'Ada', avatar: null },
  word_count: 1,
  reading_minutes: 1,
  cover: null,
  card: null,
  canonical_url: null,
  seo_title: 'The Engine',
  seo_description: 'It weaves.',
  status: 'published',
  scheduled_at: null,
  publication_failure: null,
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  cursor: 'A'.repeat(32),
  ...changed,
});

const tagsOf = async (type: string, data: unknown) => (await tagsOfEvent({ type, data })).toSorted();

describe('an event', () => {
  it.each(['post.published', 'post.unpublished', 'post.archived', 'post.trashed', 'post.restored'])(
    'of a post that comes or goes makes stale what shows it: %s',
    async (type) => {
      expect(await tagsOf(type, { post: POST })).toEqual(LISTED.toSorted());
    },
  );

  it('of a post that was changed makes all lists stale, for it may have had other tags', async () => {
    expect(await tagsOf('post.updated', { post: POST })).toEqual([ALL_LISTS_TAG, ...LISTED].toSorted());
  });

  it('of a post whose images are ready makes its page and the lists that show its cover stale, and no numbers', async () => {
    const counts = [CACHE_TAGS.post('engine'), CACHE_TAGS.redirects, CACHE_TAGS.tags, CACHE_TAGS.archive, CACHE_TAGS.author('ada')];
    const expected = LISTED.filter((tag) => !counts.includes(tag)).toSorted();
    expect(await tagsOf('post.images_changed', { post: POST })).toEqual(expected);
    expect(await tagsOf('post.images_changed', { post: { ...POST, slug: null } })).toEqual([]);
  });

  it('of a comment makes the comments of its post stale', async () => {
    expect(await tagsOf('comment.created', { comment: { id: 1 }, post: { id: ID } })).toEqual([CACHE_TAGS.comments(ID)]);
  });

  it('of a post that readers have not seen changes nothing', async () => {
    expect(await tagsOf('post.trashed', { post: { ...POST, slug: null, previous_slugs: [], tags: [] } })).toEqual([]);
  });

  it.each(['tag.updated', 'tag.merged', 'tag.deleted', 'posts.imported'])('makes all lists stale: %s', async (type) => {
    expect(await tagsOf(type, {})).toEqual(expect.arrayContaining([ALL_LISTS_TAG, ALL_POSTS_TAG, CACHE_TAGS.tags]));
  });

  it('of items makes stale what lists them', async () => {
    expect(await tagsOf('item.created', {})).toEqual([CACHE_TAGS.items]);
  });

  it('of an account makes stale what shows its name', async () => {
    expect(await tagsOf('user.updated', { user_id: 1 })).toContain(ALL_POSTS_TAG);
  });

  it('that is unknown changes nothing', async () => {
    expect(await tagsOf('toString', {})).toEqual([]);
    expect(await tagsOf('user.created', { user_id: 1 })).toEqual([]);
  });

  it.each([undefined, {}, { post: { ...POST, tags: 'looms' } }, { post: { ...POST, published_at: 'soon' } }])(
    'with other data is refused: %o',
    async (data) => {
      await expect(tagsOf('post.published', data)).rejects.toThrow(ZodError);
    },
  );
});
