/** A post from its first line to the trash and back. */
import { beforeAll, describe, expect, test } from 'vitest';

import {
  archivePost,
  createPost,
  deletePost,
  getDashboard,
  getPost,
  getPostBySlug,
  listPosts,
  listTags,
  listTrash,
  type Post,
  PostStatus,
  publishPost,
  purgePost,
  replacePost,
  restorePost,
  unpublishPost,
  updatePost,
} from '../../src/client';
import { isNotModified, problemOf } from '../../src/lib/problems';
import { answer, clientOf, Person, refusal, unique } from './test-users';

const anyone = clientOf();
const slug = unique('engine');
const tag = unique('Engines');
let ada: Person;
let bob: Person;
let post: Post;

const ofPost = () => ({ path: { post_id: post.id } });
const ifUnchanged = () => ({ ...ofPost(), headers: { 'If-Match': post.etag } });

beforeAll(async () => {
  [ada, bob] = await Promise.all([Person.registered('ada'), Person.registered('bob')]);
  const body = { title: 'The analytical engine', body: '## The store\n\nIt **weaves**.', slug, tags: [tag] };
  post = await answer(createPost({ client: ada.client, body }));
});

describe('a draft', () => {
  test('has everything that a page about it needs', () => {
    expect(post).toMatchObject({
      slug,
      status: PostStatus.DRAFT,
      published_at: null,
      author: { username: ada.user.username },
      tags: [{ name: tag }],
      contents: [{ level: 2, text: 'The store' }],
    });
    expect(post.body_html).toContain('<strong>weaves</strong>');
  });

  test('is there for its author alone', async () => {
    expect((await answer(getPost({ client: ada.client, ...ofPost() }))).id).toBe(post.id);
    for (const client of [anyone, bob.client]) {
      expect((await refusal(getPost({ client, ...ofPost() }), 'NOT_FOUND')).status).toBe(404);
      await refusal(getPostBySlug({ client, path: { slug } }), 'NOT_FOUND');
    }
    await refusal(updatePost({ client: bob.client, ...ifUnchanged(), body: { title: 'Mine' } }), 'NOT_FOUND');
  });

  test('takes no slug that another post has', async () => {
    const body = { title: 'Another engine', body: '', slug };
    expect((await refusal(createPost({ client: bob.client, body }), 'SLUG_TAKEN')).status).toBe(409);
  });
});

describe('a change', () => {
  test('must say which version it changes: without, it does not compile, and is refused', async () => {
    // @ts-expect-error: `headers` with `If-Match` are required.
    const careless = updatePost({ client: ada.client, ...ofPost(), body: { title: 'Careless' } });
    expect((await refusal(careless, 'PRECONDITION_REQUIRED')).status).toBe(428);
  });

  test('of the current version makes the next one', async () => {
    const before = post.etag;
    post = await answer(updatePost({ client: ada.client, ...ifUnchanged(), body: { excerpt: 'What it can do.' } }));
    expect(post.excerpt).toBe('What it can do.');
    expect(post.etag).not.toBe(before);
  });

  test('of a stale version is refused, and loses nothing', async () => {
    const stale = { ...ofPost(), headers: { 'If-Match': post.etag } };
    const body = { title: 'The analytical engine, explained', body: post.body };
    post = await answer(replacePost({ client: ada.client, ...ifUnchanged(), body }));

    const result = await updatePost({ client: ada.client, ...stale, body: { title: 'Too late' } });
    const problem = problemOf(result);
    if (problem?.status !== 412) throw new Error(`412 was due, and came ${JSON.stringify(result)}`);
    expect(problem.code satisfies 'PRECONDITION_FAILED').toBe('PRECONDITION_FAILED');
    expect((await answer(getPost({ client: ada.client, ...ofPost() }))).title).toBe(body.title);
  });
});

describe('publishing', () => {
  test('shows the post to everyone', async () => {
    post = await answer(updatePost({ client: ada.client, ...ifUnchanged(), body: { tags: [tag] } }));
    post = await answer(publishPost({ client: ada.client, ...ifUnchanged() }));
    expect(post.status).toBe(PostStatus.PUBLISHED);
    expect(post.published_at).not.toBeNull();
    expect((await answer(getPostBySlug({ client: anyone, path: { slug } }))).id).toBe(post.id);
  });

  test('counts it under its tag, and on the dashboard', async () => {
    const [written] = post.tags;
    const listed = await answer(listPosts({ client: anyone, query: { tag: written?.slug } }));
    expect(listed.map(({ id }) => id)).toEqual([post.id]);
    const tags = await answer(listTags({ client: anyone, query: { search: tag } }));
    expect(tags).toMatchObject([{ name: tag, post_count: 1 }]);
    const dashboard = await answer(getDashboard({ client: ada.client }));
    expect(dashboard).toMatchObject({ everyones: false, posts: { draft: 0, published: 1 } });
    expect(dashboard.months).toHaveLength(12);
  });

  test('happens once', async () => {
    expect((await refusal(publishPost({ client: ada.client, ...ofPost() }), 'ALREADY_PUBLISHED')).status).toBe(409);
  });

  test("does not make it everyone's", async () => {
    const theft = updatePost({ client: bob.client, ...ifUnchanged(), body: { title: 'Mine' } });
    expect((await refusal(theft, 'NOT_YOUR_POST')).status).toBe(403);
    await refusal(deletePost({ client: bob.client, ...ofPost() }), 'NOT_YOUR_POST');
    await refusal(deletePost({ client: anyone, ...ofPost() }), 'UNAUTHORIZED');
  });
});

describe('reading again', () => {
  test('costs no body as long as nothing has changed', async () => {
    const same = await getPost({ client: anyone, ...ofPost(), headers: { 'If-None-Match': post.etag } });
    expect(isNotModified(same)).toBe(true);
    expect(same.data).toBeUndefined();

    const another = await getPost({ client: anyone, ...ofPost(), headers: { 'If-None-Match': '"another"' } });
    expect(isNotModified(another)).toBe(false);
    expect(another.data?.etag).toBe(another.response?.headers.get('ETag'));
  });
});

describe('taking back', () => {
  test('a published post makes it a draft', async () => {
    post = await answer(unpublishPost({ client: ada.client, ...ifUnchanged() }));
    expect(post.status).toBe(PostStatus.DRAFT);
    await refusal(getPost({ client: anyone, ...ofPost() }), 'NOT_FOUND');
    await refusal(unpublishPost({ client: ada.client, ...ofPost() }), 'ALREADY_DRAFT');
    await refusal(archivePost({ client: ada.client, ...ofPost() }), 'NOT_PUBLISHED');
  });

  test('a post to the trash hides it from its author too, until it is restored', async () => {
    await answer(deletePost({ client: ada.client, ...ofPost() }));
    await refusal(getPost({ client: ada.client, ...ofPost() }), 'NOT_FOUND');
    const [trashed] = await answer(listTrash({ client: ada.client }));
    expect(trashed).toMatchObject({ id: post.id, slug });

    post = await answer(restorePost({ client: ada.client, ...ofPost() }));
    expect((await answer(getPost({ client: ada.client, ...ofPost() }))).status).toBe(PostStatus.DRAFT);
    await refusal(restorePost({ client: ada.client, ...ofPost() }), 'NOT_IN_TRASH');
  });

  test('a post for ever needs the trash first', async () => {
    await refusal(purgePost({ client: ada.client, ...ofPost() }), 'NOT_FOUND');
    await answer(deletePost({ client: ada.client, ...ofPost() }));
    await answer(purgePost({ client: ada.client, ...ofPost() }));
    expect(await answer(listTrash({ client: ada.client }))).toEqual([]);
  });
});
