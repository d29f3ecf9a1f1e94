import { describe, expect, expectTypeOf, test } from 'vitest';

import {
  createPost,
  getPost,
  listTags,
  logIn,
  type InputError,
  type ListTagsError,
  type Post,
  type PreconditionFailedProblem,
  type SlugTakenProblem,
  updatePost,
} from '../client';
import { createClient, createConfig } from '../client/client';
import { type AnyProblem, failureOf, fieldErrors, isNotModified, problemOf, retryAfterSeconds } from './problems';

/** Return a client whose network gives this answer to everything. */
function answering(answer: () => Response | Promise<Response>) {
  return createClient(createConfig({ baseUrl: 'https://api.test', fetch: async () => answer() }));
}

function problem(status: number, code: string, more: object = {}): Response {
  const body = { type: `/problems/${code}`, title: 'Title', status, detail: 'In words.', code, error: 'Title', ...more };
  return Response.json(body, { status, headers: { 'Content-Type': 'application/problem+json' } });
}

const path = { post_id: '019aa44d-c27d-7e3e-bc8b-db37c2131658' };
const headers = { 'If-Match': '*' };
const unmodified = () => new Response(null, { status: 304 });
const badGateway = () => new Response('<h1>502 Bad Gateway</h1>', { status: 502 });
const tampered = () => Response.json([{ id: 'seven' }]);
const noJson = () => new Response('{"id":', { headers: { 'Content-Type': 'application/json' } });
const unreachable = () => Promise.reject(new TypeError('fetch failed'));
const brokenOff = () =>
  new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError('terminated')) }), {
    headers: { 'Content-Type': 'application/json' },
  });

describe('problemOf', () => {
  test('is what the operation declares, told apart by status or code', async () => {
    const client = answering(() => problem(409, 'SLUG_TAKEN'));
    const found = problemOf(await updatePost({ client, path, headers, body: { slug: 'taken' } }));

    expect(found).toMatchObject({ status: 409, code: 'SLUG_TAKEN' });
    if (found?.code === 'SLUG_TAKEN') expectTypeOf(found).toEqualTypeOf<SlugTakenProblem>();
    if (found?.status === 412) expectTypeOf(found).toEqualTypeOf<PreconditionFailedProblem>();
    if (found?.code === 'INVALID_INPUT') expectTypeOf(found.errors).toEqualTypeOf<InputError[]>();
    // @ts-expect-error: logging in takes no slug, updating a post takes no password.
    if (found?.code === 'INVALID_CREDENTIALS') expect.unreachable();
  });

  test('differs from operation to operation', async () => {
    const client = answering(() => problem(401, 'INVALID_CREDENTIALS'));
    const found = problemOf(await logIn({ client, body: { email: 'a@example.org', password: 'wrong' } }));

    expect(found?.code === 'INVALID_CREDENTIALS' && found.status).toBe(401);
    // @ts-expect-error: logging in has no version to be stale.
    if (found?.status === 412) expect.unreachable();
  });

  test('takes a bare error, as hooks have it, typed or not', () => {
    const error = { status: 503, code: 'SERVICE_UNAVAILABLE', title: 'Service Unavailable', detail: 'Later.' };
    expect(problemOf({ error: error as ListTagsError })?.code).toBe('SERVICE_UNAVAILABLE');
    const found = problemOf({ error: error as unknown });
    expectTypeOf(found).toEqualTypeOf<AnyProblem | undefined>();
    expect(found?.status).toBe(503);
  });

  test.each([
    ['an unmodified answer', unmodified],
    ['the page of a gateway', badGateway],
    ['an empty refusal', () => new Response(null, { status: 500 })],
    ['an error of another kind', () => Response.json({ status: 'error', code: 7 }, { status: 500 })],
    ['half a problem', () => Response.json({ status: 500, code: 'OOPS' }, { status: 500 })],
    ['a problem whose status is a text', () => problem(500, 'OOPS', { status: '500' })],
    ['a success that is none', tampered],
    ['a silent network', unreachable],
  ])('is nothing for %s', async (_, answer) => {
    const result = await listTags({ client: answering(answer) });
    expect(result.error).toBeDefined();
    expect(problemOf(result)).toBeUndefined();
  });

  test.each([null, undefined, 'down', 503])('is nothing for an error that is %s', (error) => {
    expect(problemOf({ error })).toBeUndefined();
  });

  test('is nothing where nothing went wrong, and the data is there', async () => {
    const result = await listTags({ client: answering(() => Response.json([])) });
    expect(problemOf(result)).toBeUndefined();
    expect(result.data).toEqual([]);
    if (result.error === undefined) expectTypeOf(result.data).not.toEqualTypeOf<undefined>();
    const read = await getPost({ client: answering(badGateway), path });
    if (read.error === undefined) expectTypeOf(read.data).toEqualTypeOf<Post>();
  });
});

describe('failureOf', () => {
  test.each([
    ['a problem', () => problem(404, 'NOT_FOUND'), 404],
    ['the page of a gateway', badGateway, 502],
    ['a success that breaks the document', tampered, 'contract'],
    ['a success that is not JSON', noJson, 'contract'],
    ['a silent network', unreachable, 'network'],
    ['an answer that breaks off', brokenOff, 'network'],
    ['what has not been modified', unmodified, undefined],
    ['a success', () => Response.json([]), undefined],
  ])('of %s', async (_, answer, expected) => {
    expect(failureOf(await listTags({ client: answering(answer) }))).toBe(expected);
  });
});

test('isNotModified tells 304 from everything else', async () => {
  expect(isNotModified(await getPost({ client: answering(unmodified), path }))).toBe(true);
  expect(isNotModified(await getPost({ client: answering(badGateway), path }))).toBe(false);
  expect(isNotModified(await getPost({ client: answering(unreachable), path }))).toBe(false);
});

describe('fieldErrors', () => {
  const complaint = (where: object, detail: string) => ({ ...where, code: 'WRONG', detail });

  test('name fields as forms do, the first complaint of each', async () => {
    const errors = [
      complaint({ pointer: '/title' }, 'It is required.'),
      complaint({ pointer: '/title' }, 'It is too short.'),
      complaint({ pointer: '/tags/0' }, 'It is empty.'),
      complaint({ pointer: '/a~1b~0c' }, 'It is odd.'),
      complaint({ pointer: '' }, 'It is no object.'),
      complaint({ parameter: 'If-Match' }, 'It is malformed.'),
    ];
    const client = answering(() => problem(400, 'INVALID_INPUT', { errors }));
    const found = problemOf(await createPost({ client, body: { title: '', body: '' } }));

    expect(found?.code === 'INVALID_INPUT' && fieldErrors(found)).toEqual({
      title: 'It is required.',
      'tags.0': 'It is empty.',
      'a/b~c': 'It is odd.',
      root: 'It is no object.',
      'If-Match': 'It is malformed.',
    });
  });

  test('are none where the problem names none', () => {
    expect(fieldErrors({})).toEqual({});
  });

  test('of a field called as a member of every object', () => {
    expect(fieldErrors({ errors: [complaint({ pointer: '/__proto__' }, 'No.')] })).toHaveProperty(['__proto__'], 'No.');
  });
});

describe('retryAfterSeconds', () => {
  const now = Date.parse('2026-11-21T09:30:00Z');
  const result = (value: string) => ({ response: new Response(null, { headers: { 'Retry-After': value } }) });

  test.each([
    ['7', 7],
    ['0', 0],
    ['Sat, 21 Nov 2026 09:30:12 GMT', 12],
    ['Sat, 21 Nov 2026 09:29:00 GMT', 0],
    ['soon', undefined],
  ])('reads %s', (value, expected) => {
    expect(retryAfterSeconds(result(value), now)).toBe(expected);
  });

  test('is unknown without the header, and without an answer', () => {
    expect(retryAfterSeconds({ response: new Response() })).toBeUndefined();
    expect(retryAfterSeconds({})).toBeUndefined();
  });
});
