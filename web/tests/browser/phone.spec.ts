/** The site and the studio on a phone: their menus are on the screen, whole, and large enough for fingers. */
import type { Locator, Page } from '@playwright/test';

import { messages } from '@/messages';
import { expect, test } from './fixtures';

const { site, studio } = messages;
const { shell } = studio;
const PHONE = { width: 360, height: 780 };
/** The least width and height of a target for fingers, in CSS pixels (WCAG 2.2, 2.5.5). */
const FINGER = 44;

test.use({ viewport: PHONE, hasTouch: true });

const inside = (place: Locator) => place.getByRole('link').or(place.getByRole('button')).filter({ visible: true });

/** Each target is within the screen, as large as a finger, and what a finger there meets. */
async function canBeTapped(targets: Locator): Promise<void> {
  await expect(targets).not.toHaveCount(0);
  const found = await targets.evaluateAll((elements) =>
    elements.map((element) => {
      const { top, left, right, bottom, width, height } = element.getBoundingClientRect();
      const isOnScreen = top >= 0 && left >= 0 && right <= innerWidth && bottom <= innerHeight;
      const isOnTop = element.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
      return { name: element.textContent || element.getAttribute('aria-label'), width, height, isOnScreen, isOnTop };
    }),
  );
  for (const target of found) {
    expect(Math.min(target.width, target.height), JSON.stringify(target)).toBeGreaterThanOrEqual(FINGER);
    expect(target).toMatchObject({ isOnScreen: true, isOnTop: true });
  }
}

/** Tell what assistive technology hears of a button: whether what it opens is open. */
async function isExpanded(page: Page, name: string): Promise<unknown> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const button = nodes.find((node) => node.role?.value === 'button' && node.name?.value === name);
  return button?.properties?.find((property) => property.name === 'expanded')?.value.value;
}

test('the menu of the site', async ({ page }) => {
  await page.goto('/');
  const opener = page.getByRole('button', { name: site.menu });
  const archive = page.getByRole('link', { name: site.archive });
  await canBeTapped(inside(page.getByRole('banner')));
  await expect(archive).toBeHidden();
  expect(await isExpanded(page, site.menu)).toBe(false);

  await opener.tap();
  expect(await isExpanded(page, site.menu)).toBe(true);
  await canBeTapped(inside(page.getByRole('banner')));
  for (const name of [site.archive, site.tags, site.logIn, site.signUp]) {
    await expect(page.getByRole('banner').getByRole('link', { name, exact: true })).toBeVisible();
  }
  await page.touchscreen.tap(PHONE.width / 2, PHONE.height - 20);
  await expect(archive).toBeHidden();

  await opener.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(archive).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(archive).toBeHidden();
  await expect(opener).toBeFocused();

  await opener.tap();
  await archive.tap();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(site.archive);
  await expect(archive).toBeHidden();
});

test('the navigation of the studio', async ({ page, account, logInAs, seedPost }) => {
  const admin = await account('admin');
  for (let index = 0; index < 12; index += 1) await seedPost(admin.client);
  await logInAs(page, admin);
  await page.goto('/studio/posts?status=published');
  const nav = page.getByRole('navigation', { name: shell.menu });
  const more = nav.getByRole('button', { name: shell.more });
  await canBeTapped(inside(nav));
  await expect(nav.getByRole('link', { name: shell.entries.posts })).toHaveAttribute('aria-current', 'page');

  // The list may still arrive: the end of the page is where it is then.
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const [end, bar] = [await page.getByRole('main').boundingBox(), await nav.boundingBox()];
    expect((end?.y ?? 0) + (end?.height ?? 0), 'the bar covers the end of the page').toBeLessThanOrEqual(bar?.y ?? 0);
  }).toPass();
  await canBeTapped(inside(nav));

  await more.tap();
  await canBeTapped(inside(nav));
  await expect(nav.getByRole('link')).toHaveText(Object.values(shell.entries));
  await nav.getByRole('link', { name: shell.entries.users }).tap();
  await page.waitForURL('/studio/users');
  await expect(nav.getByRole('link', { name: shell.entries.users })).toBeHidden();
  await expect(more).toHaveAttribute('aria-current', 'true');
});
