/** Public pages in both themes, at any width, by keyboard, in print, and right-to-left. */

import { createComment, type Post } from '@/client';
import { messages } from '@/messages';
import { expectAccessibleInBothThemes } from './axe';
import { type Account, answer, expect, type Fixtures, test as base, unique } from './fixtures';

const { site } = messages;

const BODY = `A text of all there is, with \`code\`, *emphasis*, [a link](https://example.org) and a note.[^n]

## A heading with a very long name that has to be broken somewhere

> A quotation.

### Below it

\`\`\`rust
fn main() { println!("a line that is a good deal longer than any telephone is wide, so that it scrolls"); }
\`\`\`

| One | Two | Three | Four | Five | Six | Seven |
|:----|----:|-------|------|------|-----|-------|
| ${'word '.repeat(6)}| 2 | ${'word '.repeat(6)}| 4 | ${'word '.repeat(6)}| 6 | Donaudampfschifffahrt |

## Another heading

- [x] done
- [ ] to do

${'Averylongwordwithoutanyspaceinit'.repeat(6)}

[^n]: The note.
`;

type Seeded = { author: Account; post: Post };

const test = base.extend<{ seeded: Seeded }>({
  seeded: async ({ account, seedPost }, use) => use(await seed({ account, seedPost })),
});

async function seed({ account, seedPost }: Pick<Fixtures, 'account' | 'seedPost'>): Promise<Seeded> {
  const author = await account();
  const title = unique('On everything that a page can hold');
  const post = await seedPost(author.client, { title, body: BODY, tags: [unique('Breadth')] });
  const path = { post_id: post.id };
  const { id } = await answer(createComment({ client: author.client, path, body: { body: 'Said with `code`.' } }));
  await answer(createComment({ client: author.client, path, body: { body: '> Said\n\nSo it was.', parent_id: id } }));
  return { author, post };
}

const pathsOf = ({ author, post }: Seeded) => [
  '/', `/posts/${post.slug}`, `/tags/${post.tags[0]?.slug}`, `/authors/${author.username}`, '/tags', '/archive',
  `/archive/${new Date().getUTCFullYear()}`, '/search', `/search?q=${post.title}`, `/search?q=${unique('nothing')}`,
  '/no/such/page',
];

// accessibility.spec.ts looks at every page as one who is logged in; this is what others get to see besides.
test("nothing stands in a visitor's way", async ({ page, seeded }) => {
  const { post } = seeded;
  const searches = [`/search?q=${post.title}`, `/search?q=${unique('nothing')}`];
  for (const path of ['/', `/posts/${post.slug}`, ...searches, '/no/such/page']) {
    await page.goto(path);
    await expectAccessibleInBothThemes(page);
  }
});

test('no page moves sideways, on small telephones and wide screens, in either direction', async ({ page, seeded }) => {
  const paths = pathsOf(seeded);
  for (const path of paths) {
    await page.goto(path);
    for (const [width, dir] of [[360, 'ltr'], [360, 'rtl'], [820, 'ltr'], [1920, 'rtl']] as const) {
      await page.setViewportSize({ width, height: 800 });
      const room = await page.evaluate((dir) => {
        document.documentElement.dir = dir;
        return document.documentElement.scrollWidth;
      }, dir);
      expect(room, `${path} ${width} ${dir}`).toBeLessThanOrEqual(width);
    }
  }
});

test('a page mirrors: what stood at the start stands at the start', async ({ page, seeded }) => {
  const { post } = seeded;
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`/posts/${post.slug}`);
  const leftOf = async (dir: string) => {
    await page.evaluate((dir) => void (document.documentElement.dir = dir), dir);
    const home = page.getByRole('banner').getByRole('link');
    const places = [page.getByRole('heading', { level: 1 }), page.locator('aside'), home];
    const boxes = await Promise.all(places.map((place) => place.first().boundingBox()));
    const known = boxes.map((box) => box ?? { x: NaN, width: NaN });
    return { starts: known.map(({ x }) => x), ends: known.map(({ x, width }) => 1280 - x - width) };
  };
  const [ltr, rtl] = [await leftOf('ltr'), await leftOf('rtl')];
  const scrollbar = 16;
  for (const [index, start] of ltr.starts.entries()) {
    expect(Math.abs((rtl.ends[index] ?? NaN) - start)).toBeLessThanOrEqual(scrollbar);
  }
});

test('a post can be read by keyboard alone', async ({ page, seeded }) => {
  const { post } = seeded;
  await page.goto(`/posts/${post.slug}`);
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: site.skip });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('main').getByRole('link').first()).toBeFocused();
  // What scrolls by itself can be scrolled.
  await page.locator('pre').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => page.locator('pre').evaluate((box) => box.scrollLeft)).toBeGreaterThan(0);
});

test('a post on paper is the post', async ({ page, seeded }) => {
  const { post } = seeded;
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await page.goto(`/posts/${post.slug}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const around = [page.getByRole('banner'), page.getByRole('contentinfo')];
  for (const hidden of [...around, page.locator('#comments'), page.locator('aside')]) await expect(hidden).toBeHidden();
  expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe('light');
  const link = page.getByRole('link', { name: 'a link' });
  const behind = await link.evaluate((element) => getComputedStyle(element, '::after').content);
  expect(behind).toContain('https://example.org');
});
