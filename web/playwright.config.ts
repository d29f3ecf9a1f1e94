/**
 * Playwright runs against servers that are already running: `BASE_URL` is the web app, `API_BASE_URL` the API that it
 * was started with, `ADMIN_EMAIL` and `ADMIN_PASSWORD` an administrator there. `pytest
 * tests/web/test_browser.py` starts all of it on a new database; by hand, any running pair will do:
 *
 *     BASE_URL=http://127.0.0.1:3000 API_BASE_URL=http://127.0.0.1:8000 ADMIN_EMAIL=... ADMIN_PASSWORD=... \
 *       npx playwright test items
 */
import { execFileSync } from 'node:child_process';

import { defineConfig } from '@playwright/test';

function installed(program: string): string | undefined {
  try {
    return execFileSync('which', [program], { encoding: 'utf8' }).trim();
  } catch {
    return undefined; // Then Playwright's own browser is used, or missed.
  }
}

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: process.env.TEST_RESULTS ?? 'test-results',
  workers: 1,
  forbidOnly: true,
  // These end what hangs, and nothing else: a machine that is ten times slower passes.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    baseURL: process.env.BASE_URL ?? 'http://127.0.0.1:3000',
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'UTC',
    // A recording of everything costs as much as everything; `--trace on` makes one of what failed.
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: installed('chromium-headless-shell'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    },
  },
});
