import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Post, PostChanges } from '@/client';
import { createClient, createConfig } from '@/browser-client/client';
import { PAUSE_MS, Saving } from './saving';
import { isUnsaved, phaseOf } from './state';

/** One post as a service keeps it, with what is asked of it, and a way to make it fail. */
function service() {
  const asked: { method: string; path: string; ifMatch: string | null; body?: PostChanges }[] = [];
  const fake = {
    asked,
    post: undefined as Post | undefined,
    failing: undefined as (() => Response | Promise<Response>) | undefined,
    change(changes: object) {
      const at = Number(fake.post?.etag.replace(/\D/g, '') ?? 0) + 1;
      fake.post = { ...(fake.post ?? blank), ...changes, etag: `"${at}"` } as Post;
      return fake.post;
    },
    client: createClient(createConfig({ baseUrl: 'https://api.test', fetch: async (input, init) => answer(new Request(input, init)) })),
  };
  async function answer(request: Request): Promise<Response> {
    const body = request.body ? ((await request.json()) as PostChanges) : undefined;
    const ifMatch = request.headers.get('If-Match');
    asked.push({ method: request.method, path: new URL(request.url).pathname, ifMatch, body });
    if (fake.failing) return fake.failing();
    if (request.method === 'GET') return fake.post ? Response.json(fake.post) : problem(404, 'NOT_FOUND');
    if (ifMatch && ifMatch !== fake.post?.etag) return problem(412, 'PRECONDITION_FAILED');
    const verb = /\/(publish|unpublish)$/.exec(request.url)?.[1];
    if (verb === 'publish' && fake.post?.status === 'published') return problem(409, 'ALREADY_PUBLISHED');
    if (verb) return Response.json(fake.change({ status: verb === 'publish' ? 'published' : 'draft' }));
    if (body?.slug === 'taken') return problem(409, 'SLUG_TAKEN');
    if (body?.canonical_url === 'no') return problem(400, 'INVALID_INPUT', { errors: [{ pointer: '/canonical_url', code: 'PATTERN', detail: 'No address.' }] });
    const { tags, ...changes } = body ?? {};
    return Response.json(fake.change({ ...changes, excerpt: changes.excerpt ?? '', ...(tags && { tags: tags.map((name) => ({ name, slug: name })) }) }));
  }
  return fake;
}

const blank = {
  id: '019aa44d-c27d-7e3e-bc8b-db37c2131658', title: '', slug: 'first', body: '', body_html: '', excerpt: '', tags: [],
  seo_title: '', seo_description: '', canonical_url: null, status: 'draft', published_at: null, etag: '"0"',
};
const problem = (status: number, code: string, more: object = {}) =>
  Response.json({ type: `/problems/${code}`, title: code, status, detail: 'In words.', code, ...more }, { status });

let api: ReturnType<typeof service>;
beforeEach(() => {
  vi.useFakeTimers();
  api = service();
});
afterEach(() => vi.useRealTimers());

function opened(post?: Partial<Post>) {
  if (post) api.change({ ...blank, title: 'First', seo_title: 'First', ...post });
  const saving = new Saving({ post: api.post, untitled: 'Untitled', client: api.client });
  saving.subscribe(() => undefined);
  return saving;
}
const phase = (saving: Saving) => phaseOf(saving.snapshot());
const changesAsked = () => api.asked.filter(({ method }) => method !== 'GET');

describe('a draft', () => {
  test('begins with its first words, once, and goes on as itself', async () => {
    const saving = opened();
    expect(phase(saving)).toBe('new');
    saving.edit({ body: 'O' });
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    saving.edit({ body: 'On' });
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    expect(api.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    saving.edit({ body: 'On mills' });
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(api.asked).toMatchObject([
      { method: 'POST', path: '/api/posts', body: { title: 'Untitled', body: 'On' } },
      { method: 'PATCH', ifMatch: '"1"', body: { body: 'On mills' } },
    ]);
    expect([phase(saving), saving.snapshot().current.title]).toEqual(['saved', '']);
  });

  test('sends only what changed, as of the version it has', async () => {
    const saving = opened({ etag: '"4"' });
    saving.edit({ tags: ['a'], excerpt: 'Short.' });
    await saving.save();
    saving.edit({ excerpt: '' });
    await saving.save();
    expect(changesAsked().map(({ body, ifMatch }) => [ifMatch, body])).toEqual([
      ['"1"', { tags: ['a'], excerpt: 'Short.' }],
      ['"2"', { excerpt: null }],
    ]);
  });

  test('keeps what is typed while it is saved', async () => {
    const saving = opened({});
    saving.edit({ body: 'one' });
    const saved = saving.save();
    saving.edit({ body: 'one two', excerpt: 'x' });
    expect(await saved).toBe(true);
    expect(api.post).toMatchObject({ body: 'one two', excerpt: 'x' });
    expect(saving.snapshot().current.body).toBe('one two');
  });

  test('follows its title with its address until it has one of its own', async () => {
    const saving = opened({ title: 'First', slug: 'first' });
    saving.edit({ title: 'Taken' });
    await saving.save();
    expect(api.post).toMatchObject({ title: 'Taken', slug: 'taken-2' });
    saving.edit({ slug: 'own' });
    saving.edit({ title: 'Another' });
    await saving.save();
    expect(api.post).toMatchObject({ title: 'Another', slug: 'own' });
  });

  test('is sent off when its page is left', async () => {
    const saving = new Saving({ untitled: 'Untitled', client: api.client });
    const leave = saving.subscribe(() => undefined);
    saving.edit({ title: 'Going' });
    leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(api.post?.title).toBe('Going');
  });
});

describe('a published post', () => {
  test('changes when its author says so', async () => {
    const saving = opened({ status: 'published' });
    saving.edit({ body: 'half a sen' });
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect([phase(saving), api.asked.length]).toEqual(['unsaved', 0]);
    expect(await saving.save()).toBe(true);
    expect(api.post?.body).toBe('half a sen');
  });
});

describe('without an answer', () => {
  test('it is tried again, ever more slowly, and nothing is lost', async () => {
    const saving = opened({});
    api.failing = () => Promise.reject(new TypeError('fetch failed'));
    saving.edit({ body: 'kept' });
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(phase(saving)).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1000 + 2000 + 4000);
    expect(api.asked).toHaveLength(4);
    api.failing = undefined;
    await vi.advanceTimersByTimeAsync(8000);
    expect([phase(saving), api.post?.body]).toEqual(['saved', 'kept']);
  });

  test('it waits as long as the service asks for, and not when asked to hurry', async () => {
    const saving = opened({});
    api.failing = () => new Response(null, { status: 503, headers: { 'Retry-After': '30' } });
    saving.edit({ body: 'kept' });
    await saving.save();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(api.asked).toHaveLength(1);
    api.failing = undefined;
    saving.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(phase(saving)).toBe('saved');
  });
});

describe('a refusal', () => {
  test('of a field holds back that field alone, until it is changed', async () => {
    const saving = opened({});
    saving.edit({ canonical_url: 'no', body: 'yes' });
    expect(await saving.save()).toBe(false);
    expect(saving.snapshot().refused.canonical_url?.message).toBe('No address.');
    expect([api.post?.body, saving.snapshot().current.canonical_url]).toEqual(['yes', 'no']);
    // What is marked is in this browser alone.
    expect([phase(saving), isUnsaved(saving.snapshot())]).toEqual(['saved', true]);
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(api.asked).toHaveLength(2);
    saving.edit({ canonical_url: 'https://example.org' });
    await saving.save();
    expect(saving.snapshot().refused).toEqual({});
    expect(api.post?.canonical_url).toBe('https://example.org');
  });

  test('of a field does not keep a new post from beginning, of its text does', async () => {
    const saving = opened();
    saving.edit({ title: 'New', canonical_url: 'no' });
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(api.asked.map(({ body }) => Object.keys(body ?? {}))).toEqual([['title', 'canonical_url', 'body'], ['title', 'body']]);

    api = service();
    const other = opened();
    api.failing = () => problem(413, 'CONTENT_TOO_LARGE');
    other.edit({ body: 'long', excerpt: 'Short.' });
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(api.asked).toHaveLength(1);
    expect([isUnsaved(other.snapshot()), other.snapshot().refused.body?.message]).toEqual([true, 'In words.']);
  });

  test('of a text that is too long is no reason to go on asking', async () => {
    const saving = opened({});
    api.failing = () => problem(413, 'CONTENT_TOO_LARGE');
    saving.edit({ body: 'long', excerpt: 'Short.' });
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(api.asked).toHaveLength(2);
    expect([phase(saving), saving.snapshot().current]).toMatchObject(['refused', { body: 'long', excerpt: 'Short.' }]);
  });

  test('of an address that the author chose is told, not mended', async () => {
    const saving = opened({});
    saving.edit({ slug: 'taken' });
    await saving.save();
    expect(saving.snapshot()).toMatchObject({ current: { slug: 'taken' }, refused: { slug: { message: 'In words.' } } });
  });

  test.each([[401, 'logged-out'], [403, 'forbidden'], [404, 'gone'], [409, 'refused']] as const)('with %i stops it', async (status, expected) => {
    const saving = opened({});
    api.failing = () => problem(status, 'SOMETHING');
    saving.edit({ body: 'kept' });
    await saving.save();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([phase(saving), api.asked.length, saving.snapshot().current.body]).toEqual([expected, 1, 'kept']);
    expect(isUnsaved(saving.snapshot())).toBe(true);
  });

  test('for want of a session ends with a new one', async () => {
    const saving = opened({});
    api.failing = () => problem(401, 'TOKEN_REVOKED');
    saving.edit({ body: 'kept' });
    await saving.save();
    api.failing = undefined;
    saving.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(api.post?.body).toBe('kept');
  });

  test('of a post that is gone leaves its text for another', async () => {
    const saving = opened({});
    api.failing = () => problem(404, 'NOT_FOUND');
    saving.edit({ body: 'kept' });
    await saving.save();
    api.failing = undefined;
    saving.detach();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(api.asked.at(-1)).toMatchObject({ method: 'POST', body: { title: 'First', body: 'kept' } });
  });
});

describe('a change from elsewhere', () => {
  test('to something else is taken in', async () => {
    const saving = opened({});
    api.change({ title: 'Theirs' });
    saving.edit({ body: 'mine' });
    expect(await saving.save()).toBe(true);
    expect(api.post).toMatchObject({ title: 'Theirs', body: 'mine' });
    expect(saving.snapshot().current.title).toBe('Theirs');
  });

  test('to the same is a conflict: nothing is sent, and nothing typed over', async () => {
    const saving = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    saving.edit({ body: 'mine' });
    expect(await saving.save()).toBe(false);
    saving.edit({ body: 'too late' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([phase(saving), api.post?.body]).toEqual(['conflict', 'theirs']);
    expect(saving.snapshot()).toMatchObject({ current: { body: 'mine' }, theirs: { body: 'theirs' } });
  });

  test('that made it public holds back what goes there by itself', async () => {
    const saving = opened({ body: 'base' });
    api.change({ status: 'published' });
    saving.edit({ body: 'half a sen' });
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect([phase(saving), api.post?.body]).toEqual(['unsaved', 'base']);
    expect(saving.snapshot()).toMatchObject({ post: { status: 'published' }, current: { body: 'half a sen' } });
    expect(await saving.save()).toBe(true);
    expect(api.post?.body).toBe('half a sen');
  });

  test('can be chosen, and the other brought back', async () => {
    const saving = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    saving.edit({ body: 'mine' });
    await saving.save();
    await saving.resolve({ ...saving.snapshot().current, body: 'theirs' });
    expect(phase(saving)).toBe('saved');
    saving.recall();
    await saving.save();
    expect(api.post?.body).toBe('mine');
  });

  test('is met again if it goes on meanwhile', async () => {
    const saving = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    saving.edit({ body: 'mine' });
    await saving.save();
    api.change({ body: 'theirs, later' });
    await saving.resolve({ ...saving.snapshot().current, body: 'mine' });
    expect(phase(saving)).toBe('conflict');
    expect(saving.snapshot().theirs?.body).toBe('theirs, later');
  });

  test('is found by what this browser kept', () => {
    const post = api.change({ ...blank, title: 'First', seo_title: 'First', body: 'theirs' });
    const written = (body: string) => ({ ...new Saving({ post, untitled: '' }).snapshot().current, body });
    const of = (base: string, mine: string) =>
      phase(new Saving({ post, copy: { base: written(base), written: written(mine) }, untitled: '', client: api.client }));
    expect([of('base', 'mine'), of('theirs', 'mine'), of('theirs', 'theirs'), of('base', 'base')]).toEqual([
      'conflict', 'unsaved', 'saved', 'saved',
    ]);
  });
});

describe('publishing', () => {
  test('saves first', async () => {
    const saving = opened({});
    saving.edit({ body: 'all of it' });
    expect(await saving.move('publish')).toBe('done');
    expect(api.post).toMatchObject({ status: 'published', body: 'all of it' });
    expect(changesAsked().map(({ ifMatch }) => ifMatch)).toEqual(['"1"', '"2"']);
  });

  test('does not happen to a version that its author has not seen', async () => {
    const saving = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    expect(await saving.move('publish')).toBe('overtaken');
    expect([api.post?.status, saving.snapshot().current.body]).toEqual(['draft', 'theirs']);
  });

  test('does not happen to what came in while it was saved', async () => {
    const saving = opened({ body: 'base' });
    api.change({ title: 'Theirs' });
    saving.edit({ body: 'mine' });
    expect(await saving.move('publish')).toBe('overtaken');
    expect(api.post).toMatchObject({ status: 'draft', title: 'Theirs', body: 'mine' });
    expect(await saving.move('publish')).toBe('done');
  });

  test('leaves out nothing that is marked', async () => {
    const saving = opened({});
    saving.edit({ slug: 'taken' });
    expect(await saving.move('publish')).toBe('unsaved');
    expect(api.post?.status).toBe('draft');
  });

  test('taken back, shows readers nothing in passing', async () => {
    const saving = opened({ status: 'published', body: 'public' });
    saving.edit({ body: 'half a sen' });
    expect(await saving.move('unpublish')).toBe('done');
    expect(changesAsked().map(({ method }) => method)).toEqual(['POST']);
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(api.post).toMatchObject({ status: 'draft', body: 'half a sen' });
  });

  test('that has happened already is seen', async () => {
    const saving = opened({ status: 'published' });
    api.failing = () => {
      api.failing = undefined;
      return problem(409, 'ALREADY_PUBLISHED');
    };
    expect(await saving.move('publish')).toMatchObject({ code: 'ALREADY_PUBLISHED' });
    expect(saving.snapshot().post?.status).toBe('published');
  });

  test('waits for what cannot be saved', async () => {
    const saving = opened({});
    api.failing = () => Promise.reject(new TypeError('fetch failed'));
    saving.edit({ body: 'x' });
    expect(await saving.move('publish')).toBe('unsaved');
    expect(api.asked.every(({ method }) => method === 'PATCH')).toBe(true);
  });
});
