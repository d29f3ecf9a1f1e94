/** Going through lists that are longer than a page: by cursor, and by number. */
import { beforeAll, expect, test } from 'vitest';

import { createComment, createPost, listComments, listPosts, listUserPosts, publishPost } from '../../src/client';
import { answer, clientOf, Person, refusal } from './test-users';

const anyone = clientOf();
const titles = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven'];
let ada: Person;
let posts: string[];
let comments: number[];

beforeAll(async () => {
  ada = await Person.registered('ada');
  posts = [];
  for (const title of titles) {
    const { id } = await answer(createPost({ client: ada.client, body: { title, body: '' } }));
    await answer(publishPost({ client: ada.client, path: { post_id: id } }));
    posts.push(id);
  }
  comments = [];
  for (const body of titles) {
    const said = createComment({ client: ada.client, path: { post_id: posts[0] ?? '' }, body: { body } });
    comments.push((await answer(said)).id);
  }
});

/** Return the pages of a list, each asked for with the cursor of the last item of the page before. */
async function pages<Item extends { cursor: string }>(
  page: (after?: string) => Promise<{ data?: Item[]; error?: unknown; response?: Response }>,
): Promise<Item[][]> {
  const found: Item[][] = [];
  for (let items = await answer(page()); items.length > 0; items = await answer(page(items.at(-1)?.cursor))) {
    found.push(items);
  }
  return found;
}

test('posts by cursor, newest first, each once', async () => {
  const author = ada.user.username;
  const found = await pages((after) => listPosts({ client: anyone, query: { author, per_page: 2, after } }));
  expect(found.map((page) => page.length)).toEqual([2, 2, 2, 1]);
  expect(found.flat().map(({ id }) => id)).toEqual(posts.toReversed());
});

test('posts by cursor, oldest first, while another is published', async () => {
  const query = { author: ada.user.username, sort: 'published_at', per_page: 3 } as const;
  const found: string[] = [];
  for (let after: string | undefined, page = 0; page < 3; page++) {
    const items = await answer(listPosts({ client: anyone, query: { ...query, after } }));
    found.push(...items.map(({ id }) => id));
    after = items.at(-1)?.cursor;
    const { id } = await answer(createPost({ client: ada.client, body: { title: 'Meanwhile', body: '' } }));
    await answer(publishPost({ client: ada.client, path: { post_id: id } }));
    posts.push(id);
  }
  expect(found).toEqual(posts.slice(0, 9));
});

test('comments by cursor, in the order of the thread', async () => {
  const path = { post_id: posts[0] ?? '' };
  const found = await pages((after) => listComments({ client: anyone, path, query: { per_page: 3, after } }));
  expect(found.map((page) => page.length)).toEqual([3, 3, 1]);
  expect(found.flat().map(({ id }) => id)).toEqual(comments);
});

test('posts by page, with a total and the pages around', async () => {
  const call = { client: anyone, path: { user_id: ada.user.id }, query: { per_page: 4, page: 2 } };
  const { data, response } = await listUserPosts(call);
  expect(data).toHaveLength(4);
  expect(response?.headers.get('X-Total-Count')).toBe(String(posts.length));
  const link = response?.headers.get('Link') ?? '';
  expect([...link.matchAll(/rel="?(\w+)/g)].map(([, rel]) => rel).sort()).toEqual(['first', 'last', 'next', 'prev']);
});

test('a page or a cursor that cannot be is refused, naming the parameter', async () => {
  const page = await refusal(listPosts({ client: anyone, query: { per_page: 101 } }), 'INVALID_INPUT');
  expect(page.errors.map(({ parameter }) => parameter)).toEqual(['per_page']);
  const cursor = await refusal(listPosts({ client: anyone, query: { after: 'the end' } }), 'INVALID_INPUT');
  expect(cursor.errors.map(({ parameter }) => parameter)).toEqual(['after']);
  await refusal(listPosts({ client: anyone, query: { status: 'draft' } }), 'UNAUTHORIZED');
});
