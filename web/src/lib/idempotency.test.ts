import { describe, expect, it, vi } from 'vitest';
import { createItem, listItems, logIn } from '@/client';
import { createClient, createConfig } from '@/client/client';
import { idempotentOperations } from '@/client/idempotent.gen';
import { serverClientConfig } from './base-urls';
import { IDEMPOTENCY_KEY, KEY_FIELD, keyOfForm, newKey, repeating } from './idempotency';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ITEM = { id: 1, name: 'Lamp', created_at: '2026-11-30T08:00:00Z' };
const KEYED = { method: 'POST', headers: { [IDEMPOTENCY_KEY]: 'a' } };

const answer = () => Response.json(ITEM, { status: 201 });

/** Return a client, and the keys of the requests that it sends. */
function recording() {
  const keys: (string | null)[] = [];
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    keys.push(new Headers(init?.headers).get(IDEMPOTENCY_KEY));
    return answer();
  };
  return { client: createClient(createConfig({ ...serverClientConfig({}), fetch })), keys };
}

describe('the generated client', () => {
  it('sends a key of its own with each request that creates something', async () => {
    const { client, keys } = recording();
    for (const name of ['Lamp', 'Desk']) await createItem({ client, body: { name } });
    expect(keys[0]).toMatch(UUID);
    expect(keys[1]).toMatch(UUID);
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('sends the key that it is given', async () => {
    const { client, keys } = recording();
    await createItem({ client, body: { name: 'Lamp' }, headers: { [IDEMPOTENCY_KEY]: 'mine' } });
    expect(keys).toEqual(['mine']);
  });

  it('sends none with others', async () => {
    const { client, keys } = recording();
    await listItems({ client });
    await logIn({ client, body: { email: 'ada@example.org', password: 'long enough' } });
    expect(keys).toEqual([null, null]);
  });

  it('knows the operations from the document', () => {
    expect(idempotentOperations).toContain('POST /api/posts/{post_id}/comments');
    expect(idempotentOperations).not.toContain('POST /api/auth/login');
  });
});

describe('repeating', () => {
  it('sends a request with a key again when the connection is lost', async () => {
    const send = vi.fn<typeof fetch>().mockRejectedValueOnce(new TypeError('fetch failed')).mockImplementation(async () => answer());
    expect((await repeating(send, 0)('/api/items', KEYED)).status).toBe(201);
    expect(send.mock.calls).toEqual([['/api/items', KEYED], ['/api/items', KEYED]]);
  });

  it('gives up after three tries', async () => {
    const send = vi.fn<typeof fetch>().mockRejectedValue(new TypeError('fetch failed'));
    await expect(repeating(send, 0)('/api/items', KEYED)).rejects.toThrow('fetch failed');
    expect(send).toHaveBeenCalledTimes(3);
  });

  it.each([
    ['without a key', { method: 'POST' }, new TypeError('fetch failed')],
    ['that was aborted', { ...KEYED, signal: AbortSignal.abort() }, new TypeError('fetch failed')],
    ['that took too long', KEYED, new DOMException('late', 'TimeoutError')],
    ['whose body is a stream', { ...KEYED, body: new ReadableStream() }, new TypeError('fetch failed')],
  ])('sends no request again %s', async (_name, init, error) => {
    const send = vi.fn<typeof fetch>().mockRejectedValue(error);
    await expect(repeating(send, 0)('/api/items', init)).rejects.toBe(error);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('passes every response on', async () => {
    const send = vi.fn<typeof fetch>().mockResolvedValue(new Response(null, { status: 503 }));
    expect((await repeating(send, 0)('/api/items', KEYED)).status).toBe(503);
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe('newKey', () => {
  it('is random, also where there is no randomUUID', () => {
    expect(newKey()).toMatch(UUID);
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(10) });
    expect(newKey()).toBe('0a'.repeat(16));
    vi.unstubAllGlobals();
  });
});

describe('keyOfForm', () => {
  it.each([
    ['a', { [IDEMPOTENCY_KEY]: 'a' }],
    ['', {}],
    ['two words', {}],
    ['x'.repeat(256), {}],
    [undefined, {}],
  ])('%s', (value, headers) => {
    const form = new FormData();
    if (value !== undefined) form.set(KEY_FIELD, value);
    expect(keyOfForm(form)).toEqual(headers);
  });
});
