/** What people say under a post, and to each other. */
import { beforeAll, describe, expect, test } from 'vitest';

import {
  archivePost,
  createComment,
  createPost,
  deleteComment,
  getComment,
  listComments,
  type Post,
  publishPost,
  updateComment,
} from '../../src/client';
import { isNotModified } from '../../src/lib/problems';
import { answer, clientOf, Person, refusal } from './test-users';

const anyone = clientOf();
let ada: Person;
let bob: Person;
let post: Post;

const underPost = () => ({ path: { post_id: post.id } });
const say = (who: Person, body: string, parent_id?: number) =>
  answer(createComment({ client: who.client, ...underPost(), body: { body, parent_id } }));

beforeAll(async () => {
  [ada, bob] = await Promise.all([Person.registered('ada'), Person.registered('bob')]);
  const draft = await answer(createPost({ client: ada.client, body: { title: 'To be discussed', body: '' } }));
  post = await answer(publishPost({ client: ada.client, path: { post_id: draft.id } }));
});

test('comments and the replies to them are listed as they came', async () => {
  const first = await say(bob, 'Well *said*.');
  const second = await say(bob, 'And another thing.');
  const reply = await say(ada, 'Thank you.', first.id);
  expect(first).toMatchObject({ depth: 0, parent_id: null, author: { username: bob.user.username } });
  expect(first.body_html).toContain('<em>said</em>');
  expect(reply).toMatchObject({ depth: 1, parent_id: first.id });

  const thread = await answer(listComments({ client: anyone, ...underPost() }));
  expect(thread.map(({ id }) => id)).toEqual([first.id, second.id, reply.id]);
});

test('a comment is changed by its author, and only in the version that was seen', async () => {
  const said = await say(bob, 'Wel said.');
  const path = { post_id: post.id, comment_id: said.id };
  const seen = { path, headers: { 'If-Match': said.etag } };
  const unchanged = await getComment({ client: anyone, path, headers: { 'If-None-Match': said.etag } });
  expect(isNotModified(unchanged)).toBe(true);

  const mended = await answer(updateComment({ client: bob.client, ...seen, body: { body: 'Well said.' } }));
  expect(mended.edited_at).not.toBeNull();
  const late = updateComment({ client: bob.client, ...seen, body: { body: 'Said well.' } });
  expect((await refusal(late, 'PRECONDITION_FAILED')).status).toBe(412);
  await refusal(updateComment({ client: ada.client, path, body: { body: 'No.' } }), 'NOT_YOUR_COMMENT');
});

test('a deleted comment leaves its place where others have answered', async () => {
  const said = await say(bob, 'A hasty word.');
  const reply = await say(ada, 'Is it?', said.id);
  const path = { post_id: post.id, comment_id: said.id };
  await answer(deleteComment({ client: ada.client, path }));

  await refusal(getComment({ client: anyone, path }), 'NOT_FOUND');
  const thread = await answer(listComments({ client: anyone, ...underPost(), query: { per_page: 100 } }));
  const place = thread.find(({ id }) => id === said.id);
  expect(place).toMatchObject({ deleted: true, author: null, body: null, body_html: null });
  expect(thread.find(({ id }) => id === reply.id)).toMatchObject({ deleted: false, parent_id: said.id });
  const answering = createComment({ client: bob.client, ...underPost(), body: { body: 'So?', parent_id: said.id } });
  expect((await refusal(answering, 'PARENT_NOT_FOUND')).status).toBe(409);
});

describe('a comment is refused', () => {
  test('without an account, without a word, and under nothing', async () => {
    await refusal(createComment({ client: anyone, ...underPost(), body: { body: 'Hello.' } }), 'UNAUTHORIZED');
    await refusal(createComment({ client: bob.client, ...underPost(), body: { body: ' \n ' } }), 'INVALID_INPUT');
    const nowhere = { post_id: '00000000-0000-7000-8000-000000000000' };
    await refusal(createComment({ client: bob.client, path: nowhere, body: { body: 'Hello?' } }), 'NOT_FOUND');
  });

  test('as soon as the post is archived', async () => {
    const draft = await answer(createPost({ client: ada.client, body: { title: 'Of old', body: '' } }));
    const path = { post_id: draft.id };
    await answer(publishPost({ client: ada.client, path }));
    await answer(archivePost({ client: ada.client, path }));
    const late = createComment({ client: bob.client, path, body: { body: 'Too late?' } });
    expect((await refusal(late, 'COMMENTS_CLOSED')).status).toBe(409);
  });
});
