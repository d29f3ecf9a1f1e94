/** Accessibility of what a page shows now, by axe. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const COLOURS = ['color-contrast', 'link-in-text-block'];
/** Colours on their way from one theme to the other have the contrast of neither. */
const AT_ONCE = '*, ::before, ::after { transition: none !important; animation: none !important }';

type Rules = 'all' | 'colours' | 'all but colours';

/** Expect that axe finds nothing, of some rules, in what is shown as it is shown. */
export async function expectAccessible(page: Page, rules: Rules = 'all', where = ''): Promise<void> {
  // In its legacy mode axe looks at the page from within. Otherwise it opens another one each time to put its results
  // together, and waits for ever for a frame in which no scripts run.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules === 'colours') axe.withRules(COLOURS);
  if (rules === 'all but colours') axe.disableRules(COLOURS);
  const { passes, violations } = await axe.analyze();
  expect(passes.length + violations.length, 'nothing was looked at').toBeGreaterThan(0);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`);
  expect(found, `${page.url()} ${where}`).toEqual([]);
}

/** Expect so of all rules in the light, and in the dark of those that are about colours: what else there is, is the same in both. */
export async function expectAccessibleInBothThemes(page: Page): Promise<void> {
  await page.addStyleTag({ content: AT_ONCE });
  await page.emulateMedia({ colorScheme: 'light' });
  await expectAccessible(page, 'all', 'in the light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, 'colours', 'in the dark');
}
