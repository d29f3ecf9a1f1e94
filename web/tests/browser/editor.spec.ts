/** Editing others' posts, comments and tags as an editor, with public pages fresh on the next request. */
import type { Page } from '@playwright/test';

import {
  archivePost, createComment, createTag, deleteComment, deletePost, getPost, getTag, listTags, renameTag, type Tag,
  updateUser,
} from '@/client';
import type { Client } from '@/client/client';
import { messages, plural } from '@/messages';
import { expectAccessibleInBothThemes } from './axe';
import { type Account, answer, expect, test, unique } from './fixtures';

const { errors, manage } = messages;
const { editor, statusActions, posts, shell } = messages.studio;
const { tags, comments, trash } = manage;

const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
const heading = (page: Page) => page.getByRole('main').getByRole('heading', { level: 1 });
const dialog = (page: Page) => page.getByRole('dialog');
const slugged = (name: string) => name.toLowerCase();

/** Tell whether a page shows `word` on its next request, or with which status it shows nothing. */
async function shows(page: Page, path: string, word: string): Promise<boolean | number> {
  const answer = await page.request.get(path);
  return answer.ok() ? (await answer.text()).includes(word) : answer.status();
}

async function tagNamed(client: Client, name: string): Promise<Tag> {
  const found = await answer(listTags({ client, query: { search: name } }));
  return found.find((tag) => tag.name === name) ?? Promise.reject(new Error(`There is no tag ${name}`));
}

/** Save a tag as it is: what was written past the application is on the pages from then on. */
async function savedAsItIs(page: Page, { id, name }: Tag) {
  await page.goto(`/studio/tags/${id}`);
  await page.getByRole('button', { name: tags.rename.submit }).click();
  await expect(page.getByRole('status')).toHaveText(tags.rename.done(name));
}

test('somebody’s draft, found among everyone’s, changed and published', async ({ page, account, logInAs, seedPost }) => {
  const [author, chief] = [await account(), await account('editor')];
  const draft = await seedPost(author.client, { status: 'draft', title: unique('A rough draft') });
  const byline = `/authors/${author.username}`;
  expect(await shows(page, byline, draft.slug)).toBe(false);

  await logInAs(page, chief);
  await page.goto('/studio/posts?whose=everyone');
  await page.getByRole('textbox', { name: posts.author }).fill(author.username);
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('link', { name: draft.title }).click();
  const title = unique('A fine piece');
  await page.getByLabel(editor.title, { exact: true }).fill(title);
  await expect(page.locator('[data-phase]')).toHaveAttribute('data-phase', 'saved');
  await page.getByRole('button', { name: editor.publish, exact: true }).click();
  await dialog(page).getByRole('button', { name: messages.schedule.dialog.act.now }).click();
  await expect(page.getByText(statusActions.done.publish)).toBeVisible();

  const published = await answer(getPost({ client: author.client, path: { post_id: draft.id } }));
  expect(published).toMatchObject({ title, status: 'published', author: { username: author.username } });
  expect(await shows(page, `/posts/${published.slug}`, title)).toBe(true);
  expect(await shows(page, byline, title)).toBe(true);
});

test.describe('comments', () => {
  test('a comment is deleted: it leaves the page of the post, the answers to it do not', async ({ page, account, logInAs, seedPost }) => {
    const [author, reader, chief] = [await account(), await account('reader'), await account('editor')];
    const post = await seedPost(author.client, { title: unique('Talked about') });
    const path = { post_id: post.id };
    const rude = unique('rudeness');
    const comment = await answer(createComment({ client: reader.client, path, body: { body: `What **${rude}**.` } }));
    await answer(createComment({ client: author.client, path, body: { body: 'Be kind.', parent_id: comment.id } }));
    const address = `/posts/${post.slug}`;
    expect(await shows(page, address, rude)).toBe(true);

    await logInAs(page, chief);
    await page.goto('/studio/comments');
    await page.getByRole('searchbox', { name: manage.search }).fill(rude.toUpperCase());
    await page.keyboard.press('Enter');
    const listed = page.getByRole('list', { name: comments.title }).getByRole('listitem');
    await expect(listed).toHaveCount(1);
    await expect(listed).toContainText(rude);
    await page.getByRole('link', { name: post.title }).click();
    await expect(heading(page)).toHaveText(post.title);
    await page.getByRole('button', { name: comments.remove.openOf(reader.display_name) }).click();
    await dialog(page).getByRole('button', { name: manage.cancel }).click();
    await page.getByRole('button', { name: comments.remove.openOf(reader.display_name) }).click();
    await dialog(page).getByRole('button', { name: comments.remove.submit }).click();

    await expect(page.getByRole('status')).toHaveText(comments.remove.done);
    await expect(page.getByText(comments.deleted)).toBeVisible();
    await expect(page.getByText(rude)).toHaveCount(0);
    expect(await shows(page, address, rude)).toBe(false);
    expect(await shows(page, address, 'Be kind.')).toBe(true);
  });

  test('what was deleted a moment ago says so', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client);
    const path = { post_id: post.id };
    const comment = await answer(createComment({ client: author.client, path, body: { body: 'Oops.' } }));
    await logInAs(page, author);
    await page.goto(`/studio/comments/${post.id}`);
    await page.getByRole('button', { name: comments.remove.openOf(author.display_name) }).click();
    await answer(deleteComment({ client: author.client, path: { ...path, comment_id: comment.id } }));
    await dialog(page).getByRole('button', { name: comments.remove.submit }).click();
    await expect(dialog(page).getByRole('alert')).toHaveText(manage.alreadyDeleted);
    await page.reload();
    await expect(page.getByText(comments.emptyThread.title)).toBeVisible();
  });

  test('an author has those of their own posts, whatever became of the posts', async ({ page, account, logInAs, seedPost }) => {
    const [author, other] = [await account(), await account()];
    const [own, foreign] = [await seedPost(author.client), await seedPost(other.client)];
    await answer(createComment({ client: other.client, path: { post_id: own.id }, body: { body: 'Kept.' } }));
    await answer(archivePost({ client: author.client, path: { post_id: own.id } }));
    await logInAs(page, author);
    await answer(createComment({ client: author.client, path: { post_id: foreign.id }, body: { body: 'Elsewhere.' } }));
    await page.goto('/studio/comments');
    const listed = page.getByRole('list', { name: comments.title }).getByRole('listitem');
    await expect(listed).toHaveCount(1);
    await expect(listed).toContainText('Kept.');
    await expect(listed).toContainText(messages.studio.status.archived);
    await page.getByRole('link', { name: other.display_name }).click();
    await expect(page.getByText(comments.byAuthor(`@${other.username}`))).toBeVisible();
    await expect(listed).toHaveCount(1);
    await page.goto(`/studio/comments?author=${author.username}`);
    await expect(page.getByText(comments.empty.title)).toBeVisible();
    await page.getByRole('link', { name: comments.byEveryone }).click();
    await expect(listed).toHaveCount(1);
    expect((await page.goto(`/studio/comments/${foreign.id}`))?.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(errors[404].title);
  });
});

test.describe('tags', () => {
  test('renamed and merged: the pages of the tag and of its posts show it on the next request', async ({ page, account, logInAs, seedPost }) => {
    const [author, chief] = [await account(), await account('editor')];
    const [first, second, later] = [unique('Mils'), unique('Looms'), unique('Mills')];
    const mine = await seedPost(author.client, { tags: [first] });
    const other = await seedPost(author.client, { tags: [second] });
    const [address, list, otherList] = [`/posts/${mine.slug}`, `/tags/${slugged(first)}`, `/tags/${slugged(second)}`];
    await logInAs(page, chief);
    await savedAsItIs(page, await tagNamed(chief.client, first));
    // Asked for twice: it is the kept pages that must change.
    for (const path of [address, list, '/tags', address, list, '/tags']) expect(await shows(page, path, first), path).toBe(true);
    for (let time = 0; time < 2; time += 1) expect(await shows(page, otherList, mine.title)).toBe(false);

    await page.goto('/studio/tags');
    await page.getByRole('searchbox', { name: manage.search }).fill(first);
    await page.keyboard.press('Enter');
    await expect(rows(page)).toHaveCount(1);
    await page.getByRole('link', { name: first }).click();
    await page.getByLabel(tags.rename.name, { exact: true }).fill(later);
    await page.getByRole('button', { name: tags.rename.submit }).click();
    await expect(page.getByRole('status')).toHaveText(tags.rename.done(later));
    await expect(heading(page)).toHaveText(later);
    for (const path of [address, list, '/tags']) {
      expect(await shows(page, path, later), path).toBe(true);
      expect(await shows(page, path, first), path).toBe(false);
    }

    await page.getByLabel(tags.rename.slug).fill(slugged(later));
    await page.getByRole('button', { name: tags.rename.submit }).click();
    await expect(page.getByRole('link', { name: tags.seeSite })).toHaveAttribute('href', `/tags/${slugged(later)}`);
    expect(await shows(page, list, '')).toBe(404);
    expect(await shows(page, `/tags/${slugged(later)}`, mine.title)).toBe(true);

    await page.getByRole('button', { name: tags.merge.open }).click();
    const into = dialog(page).getByLabel(tags.merge.into);
    await into.fill(unique('nowhere'));
    await dialog(page).getByRole('button', { name: tags.merge.submit }).click();
    await expect(into).toHaveAccessibleDescription(new RegExp(tags.merge.unknown));
    await into.fill(later);
    await dialog(page).getByRole('button', { name: tags.merge.submit }).click();
    await expect(into).toHaveAccessibleDescription(new RegExp(tags.merge.same));
    await into.fill(second.toUpperCase());
    await dialog(page).getByRole('button', { name: tags.merge.submit }).click();
    await expect(heading(page)).toHaveText(second);
    await expect(page.getByRole('status')).toHaveText(tags.merge.done);
    expect(await shows(page, `/tags/${slugged(later)}`, '')).toBe(404);
    expect(await shows(page, otherList, mine.title)).toBe(true);
    expect(await shows(page, otherList, other.title)).toBe(true);
    expect(await shows(page, address, second)).toBe(true);
    expect(await shows(page, address, later)).toBe(false);
  });

  test('made and deleted: no post and no page is left with it', async ({ page, account, logInAs, seedPost }) => {
    const chief = await account('editor');
    const name = unique('Steam');
    await logInAs(page, chief);
    await page.goto(`/studio/tags?q=${name}`);
    await expect(page.getByText(manage.nothingFound.text(name))).toBeVisible();
    for (const told of [page.getByRole('status').filter({ hasText: tags.add.done(name) }), page.getByText(tags.nameTaken)]) {
      // After the first time the form becomes empty again.
      await expect(page.getByLabel(tags.add.label)).toHaveValue('');
      await page.getByLabel(tags.add.label).fill(name);
      await page.getByRole('button', { name: tags.add.submit }).click();
      await expect(told).toBeVisible();
    }
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByText(tags.unused)).toBeVisible();

    const post = await seedPost(chief.client, { tags: [name] });
    await savedAsItIs(page, await tagNamed(chief.client, name));
    expect(await shows(page, `/tags/${slugged(name)}`, post.title)).toBe(true);
    await page.getByRole('button', { name: tags.remove.open }).click();
    await expect(dialog(page)).toContainText(plural(1, manage.counted.published));
    await dialog(page).getByRole('button', { name: tags.remove.submit }).click();
    await page.waitForURL(/\/studio\/tags\?done=deleted$/);
    // The page that loads meanwhile has a status of its own.
    await expect(page.getByRole('status').filter({ hasText: tags.remove.done })).toBeVisible();
    expect(await shows(page, `/tags/${slugged(name)}`, '')).toBe(404);
    expect(await shows(page, `/posts/${post.slug}`, name)).toBe(false);
  });

  test('changed or taken by others meanwhile: what was typed stays, and why it was refused is said', async ({ page, account, logInAs }) => {
    const chief = await account('editor');
    const [mine, taken, theirs] = [unique('Ink'), unique('Paper'), unique('Type')];
    const { client } = chief;
    await answer(createTag({ client, body: { name: mine } }));
    await answer(createTag({ client, body: { name: taken } }));
    const path = { tag_id: (await tagNamed(client, mine)).id };
    await logInAs(page, chief);
    await page.goto(`/studio/tags/${path.tag_id}`);
    const name = page.getByLabel(tags.rename.name, { exact: true });
    await name.fill(taken);
    await page.getByRole('button', { name: tags.rename.submit }).click();
    await expect(name).toHaveAccessibleDescription(tags.nameTaken);
    await expect(name).toHaveValue(taken);

    await answer(renameTag({ client, path, body: { name: theirs } }));
    const typed = unique('Press');
    await name.fill(typed);
    await page.getByRole('button', { name: tags.rename.submit }).click();
    await expect(page.getByRole('main').getByRole('alert')).toContainText(tags.rename.stale);
    await expect(name).toHaveValue(typed);
    expect((await answer(getTag({ client, path }))).name).toBe(theirs);
    await page.getByRole('button', { name: tags.remove.open }).click();
    await dialog(page).getByRole('button', { name: tags.remove.submit }).click();
    await expect(dialog(page).getByRole('alert')).toHaveText(tags.remove.stale);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: manage.loadNewest }).click();
    await expect(name).toHaveValue(theirs);
  });
});

test('without a connection nothing that was typed is lost', async ({ page, account, logInAs }) => {
  const chief = await account('editor');
  const [name, later] = [unique('Far'), unique('Near')];
  await answer(createTag({ client: chief.client, body: { name } }));
  await logInAs(page, chief);
  await page.goto(`/studio/tags/${(await tagNamed(chief.client, name)).id}`);
  const typed = page.getByLabel(tags.rename.name, { exact: true });
  await typed.fill(later);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: tags.rename.submit }).click();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(errors.network.text);
  await expect(typed).toHaveValue(later);
  await page.context().setOffline(false);
  await page.getByRole('button', { name: tags.rename.submit }).click();
  await expect(heading(page)).toHaveText(later);
});

test('these pages are for those who may: authors and readers are told so', async ({ page, account, logInAs }) => {
  const closed = async (account: Account, paths: string[]) => {
    await logInAs(page, account);
    for (const path of paths) {
      expect((await page.goto(path))?.status(), path).toBe(403);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(errors[403].title);
    }
  };
  const named = (name: string) => page.getByRole('navigation', { name: shell.menu }).getByRole('link', { name, exact: true });
  await closed(await account('editor'), ['/studio/jobs', '/studio/users', '/studio/users/1']);
  await closed(await account('author'), ['/studio/tags', '/studio/tags/1', '/studio/users', '/studio/users/1']);
  await page.goto('/studio');
  await expect(named(shell.entries.trash)).toBeVisible();
  for (const entry of [shell.entries.tags, shell.entries.users]) await expect(named(entry)).toHaveCount(0);
  await closed(await account('reader'), ['/studio/dashboard', '/studio/trash', '/studio/tags', '/studio/users']);
  await page.goto('/studio/comments');
  await expect(page.getByText(comments.reader.title)).toBeVisible();
});

test('an account that lost its rights while a page was open changes nothing with it', async ({ page, account, admin, logInAs }) => {
  const chief = await account('editor');
  const name = unique('Safe');
  await answer(createTag({ client: chief.client, body: { name } }));
  const path = { tag_id: (await tagNamed(chief.client, name)).id };
  await logInAs(page, chief);
  await page.goto(`/studio/tags/${path.tag_id}`);
  await answer(updateUser({ client: admin, path: { user_id: chief.id }, body: { role: 'author' } }));
  await page.getByLabel(tags.rename.name, { exact: true }).fill(unique('Stolen'));
  await page.getByRole('button', { name: tags.rename.submit }).click();
  await page.waitForURL(/\/login/);
  expect((await answer(getTag({ client: admin, path }))).name).toBe(name);
});

test('everyone can use these pages', async ({ page, account, logInAs, seedPost }) => {
  const chief = await account('editor');
  const tag = unique('Access');
  const [post, thrown] = [await seedPost(chief.client, { tags: [tag] }), await seedPost(chief.client)];
  await answer(createComment({ client: chief.client, path: { post_id: post.id }, body: { body: 'Well said.' } }));
  await answer(deletePost({ client: chief.client, path: { post_id: thrown.id } }));
  const { id } = await tagNamed(chief.client, tag);
  await logInAs(page, chief);
  for (const path of ['/studio/comments', `/studio/comments/${post.id}`, '/studio/tags?q=zzzz', '/studio/tags', '/studio/trash', '/studio/dashboard']) {
    await page.goto(path);
    await expect(page.getByRole('main')).not.toHaveAttribute('aria-busy');
    await expectAccessibleInBothThemes(page);
  }
  await expect(page.getByRole('application')).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.goto('/studio/trash');
  await page.getByRole('button', { name: trash.purge.openOf(thrown.title) }).click();
  await expect(dialog(page)).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.goto(`/studio/tags/${id}`);
  await page.getByRole('button', { name: tags.merge.open }).click();
  await expect(dialog(page)).toBeVisible();
  await expectAccessibleInBothThemes(page);
});
