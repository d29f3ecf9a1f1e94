/** The edges: requests that no typed program would send, and answers that no true service would give. */
import { beforeAll, describe, expect, test } from 'vitest';

import { createItem, createPost, createTag, deleteItem, getItem, getMe, getReadiness, listItems } from '../../src/client';
import { createClient } from '../../src/client/client';
import { failureOf, problemOf } from '../../src/lib/problems';
import { answer, clientOf, Person, refusal, unique } from './test-users';

const anyone = clientOf();
let ada: Person;

beforeAll(async () => {
  ada = await Person.registered('ada');
});

describe('a request', () => {
  test('gets a typed answer, and a typed refusal the second time', async () => {
    const body = { name: unique('lamp') };
    const item = await answer(createItem({ client: ada.client, body }));
    expect(await answer(getItem({ client: anyone, path: { item_id: item.id } }))).toEqual(item);
    expect(await answer(listItems({ client: anyone, query: { per_page: 1 } }))).toEqual([item]);
    expect((await refusal(createItem({ client: ada.client, body }), 'ITEM_NAME_TAKEN')).status).toBe(409);
  });

  test('that needs a higher role is refused to an author', async () => {
    const tag = createTag({ client: ada.client, body: { name: unique('tag') } });
    expect((await refusal(tag, 'FORBIDDEN')).status).toBe(403);
    await refusal(deleteItem({ client: ada.client, path: { item_id: 1 } }), 'FORBIDDEN');
  });

  test('with a body that is too large is refused', async () => {
    const body = { title: 'Long', body: 'x'.repeat(1_600_000) };
    expect((await refusal(createPost({ client: ada.client, body }), 'CONTENT_TOO_LARGE')).status).toBe(413);
  });

  test('with a body of another kind is refused', async () => {
    const call = { client: ada.client, body: { title: 'Plain', body: '' }, headers: { 'Content-Type': 'text/plain' } };
    expect((await refusal(createPost(call), 'UNSUPPORTED_MEDIA_TYPE')).status).toBe(415);
  });

  test('with a body that is not JSON is refused', async () => {
    const call = { client: ada.client, body: { title: 'Cut', body: '' }, bodySerializer: () => '{"title": "Cu' };
    expect((await refusal(createPost(call), 'MALFORMED_JSON')).status).toBe(400);
  });

  test('with a field that does not exist does not compile, and is refused', async () => {
    // @ts-expect-error: a post has a `title`.
    const misspelt = createPost({ client: ada.client, body: { titel: 'Typo', title: 'Typo', body: '' } });
    const problem = await refusal(misspelt, 'INVALID_INPUT');
    expect(problem.errors).toMatchObject([{ pointer: '/titel' }]);
  });
});

describe('an answer', () => {
  /** Return Ada's client, with every answer changed on its way. */
  function tampering(change: (body: Record<string, unknown>) => unknown) {
    return createClient({
      ...ada.client.getConfig(),
      fetch: async (...request) => {
        const response = await fetch(...request);
        return Response.json(change(await response.json()), { status: response.status });
      },
    });
  }

  test('that is as it was passes', async () => {
    expect((await answer(getMe({ client: tampering((body) => body) }))).id).toBe(ada.user.id);
  });

  test.each([
    ['without a field', ({ created_at: _, ...body }: Record<string, unknown>) => body],
    ['with null where there is always something', (body: object) => ({ ...body, bio: null })],
    ['with a number for a text', (body: object) => ({ ...body, username: 7 })],
    ['with a role that does not exist', (body: object) => ({ ...body, role: 'emperor' })],
    ['with an instant that is none', (body: object) => ({ ...body, created_at: 'yesterday' })],
    ['that is a list', (body: object) => [body]],
  ])('%s breaks the contract, and never passes for data', async (_, change) => {
    const result = await getMe({ client: tampering(change) });
    expect(result.data).toBeUndefined();
    expect(result.error).toMatchObject({ name: 'ZodError' });
    expect(problemOf(result)).toBeUndefined();
    expect(failureOf(result)).toBe('contract');
  });

  test('that never comes is told from a refusal', async () => {
    const nobody = createClient({ baseUrl: 'http://127.0.0.1:1' });
    expect(failureOf(await getReadiness({ client: nobody }))).toBe('network');
    expect(failureOf(await getMe({ client: anyone }))).toBe(401);
  });
});
