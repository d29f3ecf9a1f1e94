/** Writing as an author: autosave, publishing, and public pages that are fresh on the next request. */
import type { Page } from '@playwright/test';

import { createPost, getPost, listPosts, type Post, publishPost, unpublishPost, updatePost } from '@/client';
import { messages } from '@/messages';
import { expectAccessibleInBothThemes } from './axe';
import { answer, expect, test, unique } from './fixtures';

const { editor, posts: list, statusActions } = messages.studio;
const { trash } = messages.manage;

const saved = (page: Page) => expect(page.locator('[data-phase]')).toHaveAttribute('data-phase', 'saved');
const phase = (page: Page, expected: string) => expect(page.locator('[data-phase]')).toHaveAttribute('data-phase', expected);
const rich = (page: Page) => page.getByRole('textbox', { name: editor.body, exact: true });
const source = (page: Page) => page.getByRole('textbox', { name: `${editor.body} (${editor.views.source})` });
const idOf = (page: Page) => new URL(page.url()).pathname.split('/')[3] as string;
const view = (page: Page, name: keyof typeof editor.views) => page.getByRole('tab', { name: editor.views[name] }).click();

/** Do what the menu of the editor says, and confirm it. */
async function chosen(page: Page, verb: 'unpublish' | 'archive' | 'trash') {
  await page.getByRole('button', { name: editor.more, exact: true }).click();
  await page.getByRole('menuitem', { name: editor[verb] }).click();
  await page.getByRole('dialog').getByRole('button', { name: editor.confirm[verb].act }).click();
}

/** Return what the browser asks for from now on that is meant to change something. */
function changesAsked(page: Page): string[] {
  const calls: string[] = [];
  page.on('request', (request) => request.method() !== 'GET' && calls.push(`${request.method()} ${new URL(request.url()).pathname}`));
  return calls;
}

/** Let so much time pass in a page with a clock that whatever goes to the service by itself has gone. */
const wait = (page: Page) => page.clock.runFor(10_000);

/** Return what each public page says of `word` on its next request. */
async function shownAt(page: Page, paths: string[], word: string): Promise<Record<string, boolean | number>> {
  const found: Record<string, boolean | number> = {};
  for (const path of paths) {
    const answer = await page.request.get(path);
    found[path] = answer.ok() ? (await answer.text()).includes(word) : answer.status();
  }
  return found;
}
const all = (paths: string[], value: boolean | number) => Object.fromEntries(paths.map((path) => [path, value]));

test('a post that comes and goes elsewhere: every page says so as soon as the worker has told the app', async ({ page, account, seedPost }) => {
  const author = await account();
  const tag = unique('elsewhere');
  const before = await seedPost(author.client, { tags: [tag] });
  const post = await seedPost(author.client, { title: unique('elsewhere'), tags: [tag], status: 'draft' });
  const lists = ['/', '/feed.xml', '/atom.xml', '/sitemap.xml', `/tags/${tag}`, `/authors/${author.username}`, `/posts/${before.slug}`];
  const own = `/posts/${post.slug}`;
  const shown = () => shownAt(page, [...lists, own], post.slug);
  const hidden = { ...all(lists, false), [own]: 404 };
  // The tag and the author have their pages once the first post is known.
  await expect.poll(shown).toEqual(hidden);

  const call = { client: author.client, path: { post_id: post.id } };
  await answer(publishPost(call));
  await expect.poll(shown).toEqual(all([...lists, own], true));
  const title = unique('Renamed');
  await answer(updatePost({ ...call, headers: { 'If-Match': '*' }, body: { title } }));
  const titled = [own, ...lists.filter((path) => path !== '/sitemap.xml')];
  await expect.poll(() => shownAt(page, titled, title)).toEqual(all(titled, true));
  await answer(unpublishPost(call));
  await expect.poll(shown).toEqual(hidden);
});

test('a post from its first words to its page, changed, and taken back: every page says so on the next request', async ({ page, account, logInAs, seedPost }) => {
  const author = await account();
  const tag = unique('Mills');
  // The page of the tag is there before the post is: published through the app, which otherwise hears of it later.
  const other = await seedPost(author.client, { tags: [tag], status: 'draft' });
  await page.clock.install();
  await logInAs(page, author);
  const published = await page.evaluate(
    async (id) => (await fetch(`/api/posts/${id}/publish`, { method: 'POST', headers: { 'If-Match': '*' } })).status,
    other.id,
  );
  expect(published).toBe(200);
  const calls = changesAsked(page);

  await page.goto('/studio');
  await page.getByRole('main').getByRole('link', { name: list.new }).first().click();
  const title = unique('On engines');
  await page.getByLabel(editor.title, { exact: true }).fill(title);
  await page.keyboard.press('Enter');
  await expect(rich(page)).toBeFocused();
  await page.keyboard.type('The engine weaves ');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('patterns');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('.\n## The store\n- one\ntwo');
  await saved(page);
  expect(page.url()).toMatch(/\/studio\/posts\/[0-9a-f-]{36}$/);
  expect(calls.filter((call) => call === 'POST /api/posts')).toHaveLength(1);
  await expect(rich(page)).toBeFocused();

  const path = { post_id: idOf(page) };
  const draft = await answer(getPost({ client: author.client, path }));
  expect(draft).toMatchObject({ title, body: 'The engine weaves **patterns**.\n\n## The store\n\n- one\n- two', status: 'draft' });
  await expect(page.getByLabel(editor.slug.label)).toHaveValue(draft.slug);

  const tags = page.getByRole('combobox', { name: editor.tags.label });
  await tags.fill(tag.toLowerCase());
  await page.getByRole('option', { name: tag }).click();
  await tags.fill('Looms');
  await tags.press('Enter');
  await page.getByLabel(editor.excerpt.label).fill('What weaves.');
  await page.getByLabel(editor.seo.title).fill('Engines, explained');
  await page.keyboard.press('Control+s');
  await saved(page);
  expect(await answer(getPost({ client: author.client, path }))).toMatchObject({
    tags: [{ name: tag }, { name: 'Looms' }], excerpt: 'What weaves.', seo_title: 'Engines, explained', seo_description: 'What weaves.',
  });

  const address = `/posts/${draft.slug}`;
  const lists = ['/', `/tags/${other.tags[0]?.slug}`, `/authors/${author.username}`, '/feed.xml', '/atom.xml', `/archive/${new Date().getUTCFullYear()}`];
  const everywhere = [...lists, '/sitemap.xml'];
  // Twice: the second time it is the kept page that answers.
  await shownAt(page, everywhere, title);
  expect(await shownAt(page, [...everywhere, address], draft.slug)).toEqual({ ...all(everywhere, false), [address]: 404 });

  // A preview as a page has what was typed a moment ago.
  await rich(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('Afterwards.');
  await page.getByRole('button', { name: editor.more, exact: true }).click();
  await page.getByRole('menuitem', { name: editor.seePreview }).click();
  await page.waitForURL(/preview$/);
  await expect(page.getByRole('article')).toContainText('Afterwards.');
  await page.getByRole('link', { name: messages.studio.preview.edit }).click();

  await page.getByRole('button', { name: editor.publish, exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText(address);
  await page.getByRole('dialog').getByRole('button', { name: messages.schedule.dialog.act.now }).click();
  await expect(page.getByText(statusActions.done.publish)).toBeVisible();
  expect(await shownAt(page, [...everywhere, address], draft.slug)).toEqual(all([...everywhere, address], true));

  // What is public changes when its author says so, not while it is typed.
  const later = unique('Reconsidered');
  await page.getByLabel(editor.title, { exact: true }).fill(later);
  await phase(page, 'unsaved');
  const before = [...calls];
  await wait(page);
  expect(calls).toEqual(before);
  expect(await shownAt(page, [address], later)).toEqual({ [address]: false });
  await page.getByRole('button', { name: editor.update }).click();
  await saved(page);
  expect(await shownAt(page, [...lists, address], later)).toEqual(all([...lists, address], true));

  await chosen(page, 'trash');
  await page.waitForURL('/studio/posts');
  await expect(page.getByText(list.empty.draft.title)).toBeVisible();
  expect(await shownAt(page, [...everywhere, address], draft.slug)).toEqual({ ...all(everywhere, false), [address]: 404 });
  await page.goto('/studio/trash');
  await page.getByRole('button', { name: trash.restoreOf(later) }).click();
  await expect(page.getByText(trash.restored.published(later))).toBeVisible();
  expect(await shownAt(page, [...lists, address], later)).toEqual(all([...lists, address], true));

  await page.goto(`/studio/posts/${path.post_id}`);
  await chosen(page, 'archive');
  await expect(page.getByText(statusActions.done.archive)).toBeVisible();
  expect(await shownAt(page, [...lists, address], later)).toEqual({ ...all(lists, false), [address]: true });

  await chosen(page, 'unpublish');
  await expect(page.getByText(statusActions.done.unpublish)).toBeVisible();
  expect(await shownAt(page, [...everywhere, address], draft.slug)).toEqual({ ...all(everywhere, false), [address]: 404 });
});

test.describe('text', () => {
  const BODY = 'A note[^1].\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n\n* star\n\n__Last__\nwords.\n\n[^1]: Here.\n';
  const formatting = (page: Page) => page.getByText(editor.formatting.normalised);

  test('in another style of Markdown is opened, said to be normalised once, and changed only where it is edited', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, { body: BODY, status: 'draft' });
    const path = { post_id: post.id };
    await page.clock.install();
    await logInAs(page, author);
    await page.goto(`/studio/posts/${post.id}`);
    await expect(rich(page).getByRole('listitem')).toHaveText(['star']);
    await expect(rich(page)).toContainText('| 1 | 2 |');
    await expect(formatting(page)).toBeVisible();
    const calls = changesAsked(page);
    await rich(page).click();
    await view(page, 'source');
    await expect(source(page)).toHaveValue(BODY);
    await view(page, 'preview');
    await expect(page.getByRole('tabpanel').getByRole('cell', { name: '2' })).toBeVisible();
    await view(page, 'write');
    await expect(formatting(page)).toBeVisible();
    await wait(page);
    expect(calls).toEqual([]);
    expect((await answer(getPost({ client: author.client, path }))).etag).toBe(post.etag);

    await page.getByRole('button', { name: editor.formatting.dismiss }).click();
    await expect(formatting(page)).toHaveCount(0);
    await rich(page).getByText('Last').click();
    await page.keyboard.press('End');
    await page.keyboard.type(' Added.');
    await saved(page);
    expect((await answer(getPost({ client: author.client, path }))).body).toBe(BODY.replace('__Last__\nwords.', '**Last** words. Added.'));
    await page.reload();
    await expect(rich(page)).toContainText('Added.');
    await expect(formatting(page)).toHaveCount(0);
  });

  test('that the rich editor would lose something of stays in Markdown, to the letter, and says why', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const body = '> A quote\n>\n> [r]: https://example.org\n\n[Link][r]\n';
    const post = await seedPost(author.client, { body, status: 'draft' });
    await logInAs(page, author);
    await page.goto(`/studio/posts/${post.id}`);
    await expect(source(page)).toHaveValue(body);
    await expect(page.getByText(editor.formatting.refused.nestedDefinition)).toBeVisible();
    await view(page, 'write');
    await expect(source(page)).toHaveValue(body);
    await source(page).press('Control+End');
    await page.keyboard.type('Added.');
    await saved(page);
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe(`${body}Added.`);
  });

  test('gets links by typing and pasting, to safe addresses only', async ({ page, account, logInAs }) => {
    const author = await account();
    await logInAs(page, author);
    await page.goto('/studio/posts/new');
    await page.getByLabel(editor.title, { exact: true }).fill(unique('Links'));
    await rich(page).click();
    await page.keyboard.type('See https://example.org/a_b and [the docs](/docs) or README.md, [no](javascript:alert(1)) paste');
    await expect(rich(page).getByRole('link')).toHaveText(['https://example.org/a_b', 'the docs']);
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await rich(page).evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'https://example.org/pasted');
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    });
    await expect(rich(page).getByRole('link', { name: 'paste' })).toHaveAttribute('href', 'https://example.org/pasted');
    await saved(page);
    const post = await answer(getPost({ client: author.client, path: { post_id: idOf(page) } }));
    expect(post.body).toBe(
      'See <https://example.org/a_b> and [the docs](/docs) or README.md, \\[no]\\(javascript:alert(1)) [paste](https://example.org/pasted)',
    );
    expect(post.body_html.match(/href="[^"]*"/g)).toEqual(['href="https://example.org/a_b"', 'href="/docs"', 'href="https://example.org/pasted"']);
  });

  test('gets its marks by the same keys in both views', async ({ page, account, logInAs }) => {
    await logInAs(page, await account());
    await page.goto('/studio/posts/new');
    await rich(page).click();
    await page.keyboard.type('leaning');
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Control+i');
    await expect(page.getByRole('button', { name: editor.toolbar.italic })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Control+k');
    await page.getByLabel(editor.linkDialog.address).fill('https://example.org/a');
    await page.keyboard.press('Enter');
    await expect(rich(page)).toBeFocused();
    await expect(rich(page).getByRole('link')).toHaveAttribute('href', 'https://example.org/a');
    await page.keyboard.press('Control+z');
    await view(page, 'source');
    await expect(source(page)).toHaveValue('*leaning*');
    await source(page).press('Control+a');
    await page.keyboard.press('Control+b');
    await expect(source(page)).toHaveValue('***leaning***');
    await page.keyboard.press('Control+z');
    await expect(source(page)).toHaveValue('*leaning*');
  });
});

test.describe('saving', () => {
  test('goes on by itself when the connection comes back', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, { status: 'draft', body: 'Before.' });
    await logInAs(page, author);
    await page.goto(`/studio/posts/${post.id}`);
    await rich(page).click();
    await page.context().setOffline(true);
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' After.');
    await phase(page, 'waiting');
    await page.context().setOffline(false);
    await saved(page);
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe('Before. After.');
  });

  test('loses nothing when the tab is closed before the service answered', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, { status: 'draft', body: 'Before.' });
    await logInAs(page, author);
    await page.route('**/api/posts/**', (route) => (route.request().method() === 'PATCH' ? route.abort() : route.continue()));
    await page.goto(`/studio/posts/${post.id}`);
    await rich(page).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' After.');
    await phase(page, 'waiting');
    let asked = 0;
    page.on('dialog', (dialog) => {
      asked += 1;
      void dialog.accept();
    });
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => [asked, page.isClosed()]).toEqual([1, true]);

    const again = await page.context().newPage();
    await again.goto(`/studio/posts/${post.id}`);
    await expect(rich(again)).toContainText('Before. After.');
    await saved(again);
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe('Before. After.');
    await again.reload();
    await expect(rich(again)).toContainText('Before. After.');
    expect(await again.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('colophon:')))).toEqual([]);
  });

  test('goes on after the session ended and another began', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, { status: 'draft', body: 'Before.' });
    await logInAs(page, author);
    await page.goto(`/studio/posts/${post.id}`);
    await rich(page).click();
    await page.context().clearCookies();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' After.');
    await phase(page, 'logged-out');
    await expect(page.getByRole('alert').filter({ hasText: editor.blocked['logged-out'].text })).toBeVisible();
    const [tab] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: editor.blocked['logged-out'].act }).click()]);
    await logInAs(tab, author);
    await tab.close();
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await saved(page);
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe('Before. After.');
  });

  test('keeps a text that the service finds too long, and says so', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, { status: 'draft', body: 'Short.' });
    await logInAs(page, author);
    await page.goto(`/studio/posts/${post.id}`);
    await view(page, 'source');
    const answered = page.waitForResponse((response) => response.request().method() === 'PATCH');
    await source(page).fill('Long. '.repeat(400_000));
    expect((await answered).status()).toBe(413);
    await expect(page.getByRole('alert').filter({ hasText: editor.bodyRejected })).toBeVisible();
    await expect(page.getByText(editor.phases.fields).first()).toBeVisible();
    await source(page).fill('Long.');
    await saved(page);
    await expect(page.getByText(editor.bodyRejected)).toHaveCount(0);
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe('Long.');
  });

  test('says beside the field what was refused, and saves the rest', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const [taken, post] = [await seedPost(author.client), await seedPost(author.client, { status: 'draft' })];
    await logInAs(page, author);
    await page.goto(`/studio/posts/${post.id}`);
    await page.getByLabel(editor.slug.label).fill(taken.slug);
    await page.getByLabel(editor.slug.label).press('Enter');
    await expect(page.getByLabel(editor.slug.label)).toHaveAccessibleDescription(new RegExp(editor.slug.taken));
    await page.getByLabel(editor.seo.canonical).fill('not an address');
    await page.getByLabel(editor.excerpt.label).fill('Kept.');
    await expect(page.getByLabel(editor.seo.canonical)).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByText(editor.phases.fields).first()).toBeVisible();
    expect(await answer(getPost({ client: author.client, path: { post_id: post.id } }))).toMatchObject({ slug: post.slug, excerpt: 'Kept.', canonical_url: null });
  });

  test('begins one draft for one post, and its address follows the title', async ({ page, account, logInAs }) => {
    const author = await account();
    await logInAs(page, author);
    await page.goto('/studio/posts/new');
    const title = unique('The loom');
    await page.getByLabel(editor.title, { exact: true }).fill(title.slice(0, 5));
    await saved(page);
    await page.getByLabel(editor.title, { exact: true }).fill(title);
    await page.keyboard.press('Control+s');
    await saved(page);
    const drafts = await answer(listPosts({ client: author.client, query: { status: 'draft', author: author.username } }));
    expect(drafts).toMatchObject([{ title, slug: title.toLowerCase().replaceAll(' ', '-') }]);
    await page.reload();
    await expect(page.getByLabel(editor.title, { exact: true })).toHaveValue(title);
  });
});

test.describe('the list of posts', () => {
  test('is one’s own, by status, words and tag; an editor’s is everyone’s', async ({ page, account, logInAs, seedPost }) => {
    const [author, chief] = [await account(), await account('editor')];
    const [tag, word] = [unique('Looms'), unique('word')];
    const title = `About ${word}`;
    await seedPost(author.client, { status: 'draft', title, tags: [tag] });
    await seedPost(author.client, { status: 'draft' });
    await seedPost(author.client);
    const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });

    await logInAs(page, author);
    await page.goto('/studio/posts');
    await expect(rows).toHaveCount(2);
    await page.getByRole('searchbox', { name: list.search }).fill(word);
    await page.keyboard.press('Enter');
    await expect(rows).toHaveCount(1);
    await expect(page.getByRole('link', { name: title })).toBeVisible();
    await page.getByRole('link', { name: list.clear }).click();
    await expect(rows).toHaveCount(2);
    await page.getByRole('link', { name: list.tabs.published, exact: true }).click();
    await expect(rows).toHaveCount(1);
    await page.getByRole('link', { name: list.tabs.archived, exact: true }).click();
    await expect(page.getByText(list.empty.archived.title)).toBeVisible();
    await expect(page.getByRole('link', { name: list.everyone })).toHaveCount(0);

    await logInAs(page, chief);
    await page.goto('/studio/posts');
    await expect(page.getByText(list.empty.draft.title)).toBeVisible();
    await page.getByRole('link', { name: list.everyone }).click();
    await page.getByRole('textbox', { name: list.author }).fill(author.username);
    await page.keyboard.press('Enter');
    await expect(rows).toHaveCount(2);
    await page.goto('/studio/posts?whose=everyone&author=x');
    await expect(page.getByRole('main').getByRole('alert')).toContainText(list.invalidFilters);
  });

  test('takes a post off the site', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client);
    await logInAs(page, author);
    expect((await page.request.get(`/posts/${post.slug}`)).status()).toBe(200);
    await page.goto('/studio/posts?status=published');
    await page.getByRole('button', { name: list.menu(post.title) }).click();
    await page.getByRole('menuitem', { name: list.unpublish }).click();
    await page.getByRole('dialog').getByRole('button', { name: editor.confirm.unpublish.act }).click();
    await expect(page.getByText(list.empty.published.title)).toBeVisible();
    expect((await page.request.get(`/posts/${post.slug}`)).status()).toBe(404);
  });
});

test('readers have no desk, and authors none of others', async ({ page, account, logInAs, seedPost }) => {
  const [author, other, reader] = [await account(), await account(), await account('reader')];
  const post = await seedPost(author.client);
  await logInAs(page, other);
  expect((await page.goto(`/studio/posts/${post.id}`))?.status()).toBe(403);
  await logInAs(page, reader);
  await page.goto('/studio');
  expect(new URL(page.url()).pathname).toBe('/studio/comments');
  await expect(page.getByRole('link', { name: messages.studio.shell.entries.posts, exact: true })).toHaveCount(0);
  expect((await page.goto('/studio/posts'))?.status()).toBe(403);
  await page.context().clearCookies();
  await page.goto(`/studio/posts/${post.id}`);
  expect(page.url()).toContain(`/login?next=${encodeURIComponent(`/studio/posts/${post.id}`)}`);
});

test('the desk can be used by everyone', async ({ page, account, logInAs }) => {
  const author = await account();
  const post: Post = await answer(createPost({ client: author.client, body: { title: 'Accessible', body: '## One\n\n- *two*\n\n`three`', tags: ['Access'] } }));
  await logInAs(page, author);
  await page.goto('/studio/posts');
  await expect(page.getByRole('table')).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.getByRole('button', { name: list.menu(post.title) }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.goto(`/studio/posts/${post.id}`);
  await expect(rich(page)).toContainText('three');
  await expectAccessibleInBothThemes(page);
  await view(page, 'source');
  await page.getByRole('button', { name: editor.sideBySide }).click();
  await expect(page.getByRole('tabpanel').locator('.prose')).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await view(page, 'preview');
  await expect(page.getByRole('tabpanel').locator('.prose')).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.getByRole('button', { name: editor.publish, exact: true }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.goto(`/studio/posts/${post.id}/preview`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Accessible');
  await expectAccessibleInBothThemes(page);
});
