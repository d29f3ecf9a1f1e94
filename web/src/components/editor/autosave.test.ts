import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Post, PostChanges } from '@/client';
import { createClient, createConfig } from '@/client/client';
import { AUTOSAVE_DELAY_MS, AutosaveStore } from './autosave';
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
    const verb = /\/(publish|schedule|unpublish|unschedule)$/.exec(request.url)?.[1];
    if (verb === 'publish' && !body && fake.post?.status === 'published') return problem(409, 'ALREADY_PUBLISHED');
    if (verb) return Response.json(fake.change({ status: STATUS_AFTER[verb], ...body }));
    if (body?.slug === 'taken') return problem(409, 'SLUG_TAKEN');
    if (body?.cover_id === 'gone') return problem(409, 'IMAGE_NOT_FOUND');
    if (body?.canonical_url === 'no') return problem(400, 'INVALID_INPUT', { errors: [{ pointer: '/canonical_url', code: 'PATTERN', detail: 'No address.' }] });
    const { tags, cover_id, ...changes } = body ?? {};
    if (cover_id !== undefined) Object.assign(changes, { cover: cover_id === null ? null : { id: cover_id } });
    return Response.json(fake.change({ ...changes, excerpt: changes.excerpt ?? '', ...(tags && { tags: tags.map((name) => ({ name, slug: name })) }) }));
  }
  return fake;
}

const STATUS_AFTER: Record<string, string> = { publish: 'published', schedule: 'scheduled', unpublish: 'draft', unschedule: 'draft' };

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
  const store = new AutosaveStore({ post: api.post, untitled: 'Untitled', client: api.client });
  store.subscribe(() => undefined);
  return store;
}
const phase = (store: AutosaveStore) => phaseOf(store.snapshot());
const changesAsked = () => api.asked.filter(({ method }) => method !== 'GET');

describe('a draft', () => {
  test('begins with its first words, once, and goes on as itself', async () => {
    const store = opened();
    expect(phase(store)).toBe('new');
    store.edit({ body: 'O' });
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS - 1);
    store.edit({ body: 'On' });
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS - 1);
    expect(api.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    store.edit({ body: 'On mills' });
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS);
    expect(api.asked).toMatchObject([
      { method: 'POST', path: '/api/posts', body: { title: 'Untitled', body: 'On' } },
      { method: 'PATCH', ifMatch: '"1"', body: { body: 'On mills' } },
    ]);
    expect([phase(store), store.snapshot().current.title]).toEqual(['saved', '']);
  });

  test('sends only what changed, as of the version it has', async () => {
    const store = opened({ etag: '"4"' });
    store.edit({ tags: ['a'], excerpt: 'Short.' });
    await store.save();
    store.edit({ excerpt: '' });
    await store.save();
    expect(changesAsked().map(({ body, ifMatch }) => [ifMatch, body])).toEqual([
      ['"1"', { tags: ['a'], excerpt: 'Short.' }],
      ['"2"', { excerpt: null }],
    ]);
  });

  test('keeps what is typed while it is saved', async () => {
    const store = opened({});
    store.edit({ body: 'one' });
    const saved = store.save();
    store.edit({ body: 'one two', excerpt: 'x' });
    expect(await saved).toBe(true);
    expect(api.post).toMatchObject({ body: 'one two', excerpt: 'x' });
    expect(store.snapshot().current.body).toBe('one two');
  });

  test('follows its title with its address until it has one of its own', async () => {
    const store = opened({ title: 'First', slug: 'first' });
    store.edit({ title: 'Taken' });
    await store.save();
    expect(api.post).toMatchObject({ title: 'Taken', slug: 'taken-2' });
    store.edit({ slug: 'own' });
    store.edit({ title: 'Another' });
    await store.save();
    expect(api.post).toMatchObject({ title: 'Another', slug: 'own' });
  });

  test('is sent off when its page is left', async () => {
    const store = new AutosaveStore({ untitled: 'Untitled', client: api.client });
    const leave = store.subscribe(() => undefined);
    store.edit({ title: 'Going' });
    leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(api.post?.title).toBe('Going');
  });
});

describe('a published post', () => {
  test('changes when its author says so', async () => {
    const store = opened({ status: 'published' });
    store.edit({ body: 'half a sen' });
    await vi.advanceTimersByTimeAsync(10 * AUTOSAVE_DELAY_MS);
    expect([phase(store), api.asked.length]).toEqual(['unsaved', 0]);
    expect(await store.save()).toBe(true);
    expect(api.post?.body).toBe('half a sen');
  });
});

describe('without an answer', () => {
  test('it is tried again, ever more slowly, and nothing is lost', async () => {
    const store = opened({});
    api.failing = () => Promise.reject(new TypeError('fetch failed'));
    store.edit({ body: 'kept' });
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS);
    expect(phase(store)).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1000 + 2000 + 4000);
    expect(api.asked).toHaveLength(4);
    api.failing = undefined;
    await vi.advanceTimersByTimeAsync(8000);
    expect([phase(store), api.post?.body]).toEqual(['saved', 'kept']);
  });

  test('it waits as long as the service asks for, and not when asked to hurry', async () => {
    const store = opened({});
    api.failing = () => new Response(null, { status: 503, headers: { 'Retry-After': '30' } });
    store.edit({ body: 'kept' });
    await store.save();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(api.asked).toHaveLength(1);
    api.failing = undefined;
    store.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(phase(store)).toBe('saved');
  });
});

describe('a refusal', () => {
  test('keeps a picture that is gone, which is saved with no request until it is another one', async () => {
    const store = opened({});
    store.edit({ cover_id: 'gone', body: 'yes' });
    expect(await store.save()).toBe(false);
    expect(store.snapshot().rejected.cover_id?.message).toBe('In words.');
    expect([store.snapshot().rejected.card_id, api.post?.body]).toEqual([undefined, 'yes']);
    store.edit({ cover_id: 'there' });
    await store.save();
    expect([api.post?.cover?.id, phase(store)]).toEqual(['there', 'saved']);
    store.edit({ cover_id: '', cover_alt_text: '' });
    await store.save();
    expect(changesAsked().at(-1)?.body).toEqual({ cover_id: null });
  });

  test('of a field holds back that field alone, until it is changed', async () => {
    const store = opened({});
    store.edit({ canonical_url: 'no', body: 'yes' });
    expect(await store.save()).toBe(false);
    expect(store.snapshot().rejected.canonical_url?.message).toBe('No address.');
    expect([api.post?.body, store.snapshot().current.canonical_url]).toEqual(['yes', 'no']);
    // What is marked is in this browser alone.
    expect([phase(store), isUnsaved(store.snapshot())]).toEqual(['saved', true]);
    await vi.advanceTimersByTimeAsync(10 * AUTOSAVE_DELAY_MS);
    expect(api.asked).toHaveLength(2);
    store.edit({ canonical_url: 'https://example.org' });
    await store.save();
    expect(store.snapshot().rejected).toEqual({});
    expect(api.post?.canonical_url).toBe('https://example.org');
  });

  test('of a field does not keep a new post from beginning, of its text does', async () => {
    const store = opened();
    store.edit({ title: 'New', canonical_url: 'no' });
    await vi.advanceTimersByTimeAsync(10 * AUTOSAVE_DELAY_MS);
    expect(api.asked.map(({ body }) => Object.keys(body ?? {}))).toEqual([['title', 'canonical_url', 'body'], ['title', 'body']]);

    api = service();
    const other = opened();
    api.failing = () => problem(413, 'CONTENT_TOO_LARGE');
    other.edit({ body: 'long', excerpt: 'Short.' });
    await vi.advanceTimersByTimeAsync(10 * AUTOSAVE_DELAY_MS);
    expect(api.asked).toHaveLength(1);
    expect([isUnsaved(other.snapshot()), other.snapshot().rejected.body?.message]).toEqual([true, 'In words.']);
  });

  test('of a text that is too long is no reason to go on asking', async () => {
    const store = opened({});
    api.failing = () => problem(413, 'CONTENT_TOO_LARGE');
    store.edit({ body: 'long', excerpt: 'Short.' });
    await vi.advanceTimersByTimeAsync(10 * AUTOSAVE_DELAY_MS);
    expect(api.asked).toHaveLength(2);
    expect([phase(store), store.snapshot().current]).toMatchObject(['rejected', { body: 'long', excerpt: 'Short.' }]);
  });

  test('of an address that the author chose is told, not mended', async () => {
    const store = opened({});
    store.edit({ slug: 'taken' });
    await store.save();
    expect(store.snapshot()).toMatchObject({ current: { slug: 'taken' }, rejected: { slug: { message: 'In words.' } } });
  });

  test.each([[401, 'logged-out'], [403, 'forbidden'], [404, 'gone'], [409, 'rejected']] as const)('with %i stops it', async (status, expected) => {
    const store = opened({});
    api.failing = () => problem(status, 'SOMETHING');
    store.edit({ body: 'kept' });
    await store.save();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([phase(store), api.asked.length, store.snapshot().current.body]).toEqual([expected, 1, 'kept']);
    expect(isUnsaved(store.snapshot())).toBe(true);
  });

  test('for want of a session ends with a new one', async () => {
    const store = opened({});
    api.failing = () => problem(401, 'TOKEN_REVOKED');
    store.edit({ body: 'kept' });
    await store.save();
    api.failing = undefined;
    store.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(api.post?.body).toBe('kept');
  });

  test('of a post that is gone leaves its text for another', async () => {
    const store = opened({});
    api.failing = () => problem(404, 'NOT_FOUND');
    store.edit({ body: 'kept' });
    await store.save();
    api.failing = undefined;
    store.continueAsNewPost();
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS);
    expect(api.asked.at(-1)).toMatchObject({ method: 'POST', body: { title: 'First', body: 'kept' } });
  });
});

describe('a change from elsewhere', () => {
  test('to something else is taken in', async () => {
    const store = opened({});
    api.change({ title: 'Theirs' });
    store.edit({ body: 'mine' });
    expect(await store.save()).toBe(true);
    expect(api.post).toMatchObject({ title: 'Theirs', body: 'mine' });
    expect(store.snapshot().current.title).toBe('Theirs');
  });

  test('to the same is a conflict: nothing is sent, and nothing typed over', async () => {
    const store = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    store.edit({ body: 'mine' });
    expect(await store.save()).toBe(false);
    store.edit({ body: 'too late' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([phase(store), api.post?.body]).toEqual(['conflict', 'theirs']);
    expect(store.snapshot()).toMatchObject({ current: { body: 'mine' }, theirs: { body: 'theirs' } });
  });

  test('that made it public holds back what goes there by itself', async () => {
    const store = opened({ body: 'base' });
    api.change({ status: 'published' });
    store.edit({ body: 'half a sen' });
    await vi.advanceTimersByTimeAsync(10 * AUTOSAVE_DELAY_MS);
    expect([phase(store), api.post?.body]).toEqual(['unsaved', 'base']);
    expect(store.snapshot()).toMatchObject({ post: { status: 'published' }, current: { body: 'half a sen' } });
    expect(await store.save()).toBe(true);
    expect(api.post?.body).toBe('half a sen');
  });

  test('can be chosen, and the other brought back', async () => {
    const store = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    store.edit({ body: 'mine' });
    await store.save();
    await store.resolve({ ...store.snapshot().current, body: 'theirs' });
    expect(phase(store)).toBe('saved');
    store.restoreDiscarded();
    await store.save();
    expect(api.post?.body).toBe('mine');
  });

  test('is met again if it goes on meanwhile', async () => {
    const store = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    store.edit({ body: 'mine' });
    await store.save();
    api.change({ body: 'theirs, later' });
    await store.resolve({ ...store.snapshot().current, body: 'mine' });
    expect(phase(store)).toBe('conflict');
    expect(store.snapshot().theirs?.body).toBe('theirs, later');
  });

  test('is found by what this browser kept', () => {
    const post = api.change({ ...blank, title: 'First', seo_title: 'First', body: 'theirs' });
    const written = (body: string) => ({ ...new AutosaveStore({ post, untitled: '' }).snapshot().current, body });
    const of = (base: string, mine: string) =>
      phase(new AutosaveStore({ post, copy: { base: written(base), written: written(mine) }, untitled: '', client: api.client }));
    expect([of('base', 'mine'), of('theirs', 'mine'), of('theirs', 'theirs'), of('base', 'base')]).toEqual([
      'conflict', 'unsaved', 'saved', 'saved',
    ]);
  });
});

describe('publishing', () => {
  test('saves first', async () => {
    const store = opened({});
    store.edit({ body: 'all of it' });
    expect(await store.changeStatus('publish')).toBe('done');
    expect(api.post).toMatchObject({ status: 'published', body: 'all of it' });
    expect(changesAsked().map(({ ifMatch }) => ifMatch)).toEqual(['"1"', '"2"']);
  });

  test('does not happen to a version that its author has not seen', async () => {
    const store = opened({ body: 'base' });
    api.change({ body: 'theirs' });
    expect(await store.changeStatus('publish')).toBe('conflict');
    expect([api.post?.status, store.snapshot().current.body]).toEqual(['draft', 'theirs']);
  });

  test('does not happen to what came in while it was saved', async () => {
    const store = opened({ body: 'base' });
    api.change({ title: 'Theirs' });
    store.edit({ body: 'mine' });
    expect(await store.changeStatus('publish')).toBe('conflict');
    expect(api.post).toMatchObject({ status: 'draft', title: 'Theirs', body: 'mine' });
    expect(await store.changeStatus('publish')).toBe('done');
  });

  test('leaves out nothing that is marked', async () => {
    const store = opened({});
    store.edit({ slug: 'taken' });
    expect(await store.changeStatus('publish')).toBe('unsaved');
    expect(api.post?.status).toBe('draft');
  });

  test('taken back, shows readers nothing in passing', async () => {
    const store = opened({ status: 'published', body: 'public' });
    store.edit({ body: 'half a sen' });
    expect(await store.changeStatus('unpublish')).toBe('done');
    expect(changesAsked().map(({ method }) => method)).toEqual(['POST']);
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS);
    expect(api.post).toMatchObject({ status: 'draft', body: 'half a sen' });
  });

  test('at a later time saves first, and goes on saving', async () => {
    const store = opened({});
    store.edit({ body: 'half' });
    expect(await store.changeStatus('schedule', '2035-01-01T08:00:00Z')).toBe('done');
    expect(api.post).toMatchObject({ status: 'scheduled', body: 'half', publish_at: '2035-01-01T08:00:00Z' });
    store.edit({ body: 'half and half' });
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS);
    expect(api.post?.body).toBe('half and half');
    expect(await store.changeStatus('unschedule')).toBe('done');
    expect(store.snapshot().post?.status).toBe('draft');
  });

  test('that happens by itself is seen, and saves no more without a click', async () => {
    const store = opened({ status: 'scheduled', body: 'promised' });
    api.change({ status: 'published' });
    await store.refresh();
    store.edit({ body: 'promised, and more' });
    await vi.advanceTimersByTimeAsync(AUTOSAVE_DELAY_MS);
    expect(store.snapshot().post?.status).toBe('published');
    expect(api.post?.body).toBe('promised');
  });

  test('under another date shows readers nothing else in passing', async () => {
    const store = opened({ status: 'published', body: 'public' });
    store.edit({ body: 'half a sen' });
    expect(await store.changeStatus('redate', '2020-01-01T08:00:00Z')).toBe('done');
    expect(api.post).toMatchObject({ body: 'public', published_at: '2020-01-01T08:00:00Z' });
    expect(store.snapshot().current.body).toBe('half a sen');
  });

  test('that has happened already is seen', async () => {
    const store = opened({ status: 'published' });
    api.failing = () => {
      api.failing = undefined;
      return problem(409, 'ALREADY_PUBLISHED');
    };
    expect(await store.changeStatus('publish')).toMatchObject({ code: 'ALREADY_PUBLISHED' });
    expect(store.snapshot().post?.status).toBe('published');
  });

  test('waits for what cannot be saved', async () => {
    const store = opened({});
    api.failing = () => Promise.reject(new TypeError('fetch failed'));
    store.edit({ body: 'x' });
    expect(await store.changeStatus('publish')).toBe('unsaved');
    expect(api.asked.every(({ method }) => method === 'PATCH')).toBe(true);
  });
});
