/** Lighthouse scores of the front page and of a post, as on a slow phone and line. */
import { once } from 'node:events';
import { createServer as createProxy, request as ask, type Server } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';

import { chromium, type Page } from '@playwright/test';
import lighthouse, { type Flags } from 'lighthouse';

import { getPostBySlug, listPosts, type Post } from '@/client';
import { answer, expect, type Fixtures, test, unique, uploadPicture } from './fixtures';

const LEAST = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const;
/**
 * The parts of the performance score that follow from what is sent and in which order. The others (blocking time, speed
 * index) follow from how fast this machine runs scripts, and what else it does meanwhile: the bytes of the scripts are
 * counted instead.
 */
const METRICS = ['first-contentful-paint', 'largest-contentful-paint', 'cumulative-layout-shift'];
const SCRIPT_KB = 140;
const MOST_CLS = 0.02;
const PICTURES = 10;
/** Longer than the first paint takes on a machine that has much else to do. */
const SCRIPTS_AFTER_MS = 8000;

type Scores = Record<(typeof CATEGORIES)[number], number>;
type Requests = { items: { resourceType: string; transferSize: number }[] };
type Audited = { scores: Scores; scriptKb: number; lcpMs: number; cls: number; lost: string[] };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Lighthouse's slow line, and a processor and a service that take no time: what it measures of ours depends on the machine. */
function simulated(url: string) {
  const { origin } = new URL(url);
  return {
    throttlingMethod: 'simulate',
    throttling: { rttMs: 150, throughputKbps: 1.6 * 1024, cpuSlowdownMultiplier: 0.001 },
    precomputedLanternData: { additionalRttByOrigin: { [origin]: 0 }, serverResponseTimeByOrigin: { [origin]: 0 } },
  } as const;
}

/**
 * Serve the site at `target`, its scripts after what the first paint needs, as browsers ask for them on a slow line: they
 * are of low priority. Lighthouse counts what has come before the text is painted; without a line, that would depend on
 * whether this machine is faster at serving or at painting.
 */
async function scriptsLast(target: string): Promise<{ proxy: Server; origin: string }> {
  const proxy = createProxy((request, response) => {
    const { method, headers, url = '/' } = request;
    const forward = () =>
      request.pipe(
        ask(new URL(url, target), { method, headers, agent: false }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }),
      );
    setTimeout(forward, /^\/_next\/static\/.*\.js$/.test(url) ? SCRIPTS_AFTER_MS : 0);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { proxy, origin: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

/** Return the four scores of a page, the size of its scripts, and what it lost points for. */
async function audited(url: string, port: number): Promise<Audited> {
  const flags = { ...simulated(url), port, onlyCategories: [...CATEGORIES], logLevel: 'error' as const };
  const found = await lighthouse(url, flags as Flags);
  if (!found) throw new Error('Lighthouse returned nothing');
  const { categories, audits, runtimeError } = found.lhr;
  expect(runtimeError).toBeUndefined();
  const score = (name: string) => Math.round((categories[name]?.score ?? 0) * 100);
  const weighed = (categories.performance?.auditRefs ?? []).filter(({ weight }) => weight > 0);
  expect(weighed.map(({ id }) => id)).toEqual(expect.arrayContaining(METRICS));
  const sum = (values: number[]) => values.reduce((all, each) => all + each, 0);
  const lostPoints = weighed.map(({ id, weight }) => (METRICS.includes(id) ? weight * (1 - (audits[id]?.score ?? 0)) : 0));
  const performance = 1 - sum(lostPoints) / sum(weighed.map(({ weight }) => weight));
  const scores = Object.fromEntries(CATEGORIES.map((name) => [name, score(name)])) as Scores;
  scores.performance = Math.round(performance * 100);
  const details = audits['network-requests']?.details as unknown as Requests;
  const scripts = details.items.filter(({ resourceType }) => resourceType === 'Script');
  const scriptKb = Math.round(sum(scripts.map(({ transferSize }) => transferSize)) / 1024);
  const counted = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  const lost = counted.flatMap(({ id }) => {
    const { score, displayValue = '' } = audits[id] ?? { score: null };
    return score !== null && score < 0.9 ? `${id}: ${displayValue}` : [];
  });
  const [lcpMs, cls] = ['largest-contentful-paint', 'cumulative-layout-shift'].map((id) => audits[id]?.numericValue ?? NaN);
  return { scores, scriptKb, lcpMs: lcpMs as number, cls: cls as number, lost };
}

/** Return, of the newest posts with images of the service's own, the one with the most. */
async function illustratedPost(): Promise<Post> {
  const found = await answer(listPosts({ query: { search: '/media/', per_page: 20 } }));
  const posts = await Promise.all(found.map(({ slug }) => answer(getPostBySlug({ path: { slug } }))));
  const images = ({ body_html }: Post) => body_html.split('src="/media/').length - 1;
  const most = posts.reduce((most, each) => (images(each) > images(most) ? each : most));
  expect(images(most)).toBeGreaterThan(0);
  return most;
}

/** Return a new post with a cover and ten images, whose files are all made. */
async function picturePost({ account, seedPost }: Pick<Fixtures, 'account' | 'seedPost'>): Promise<Post> {
  const { client } = await account();
  const size = { width: 1280, height: 800 };
  const cover = await uploadPicture(client, size);
  const paragraphs: string[] = [];
  for (let index = 0; index < PICTURES; index += 1) {
    const { url } = await uploadPicture(client, size, index * 30);
    paragraphs.push(`A paragraph before a picture. ${'It says a little more. '.repeat(12)}`, `![Hills](${url} "Picture ${index}.")`);
  }
  return seedPost(client, { title: unique('Ten pictures'), body: paragraphs.join('\n\n'), cover_id: cover.id });
}

/** Return how the largest element of an open page is asked for; of a text, null. When it is painted depends on the machine. */
function largestImage(page: Page) {
  return page.evaluate(
    () =>
      new Promise<{ loading: string; fetchPriority: string } | null>((resolve) => {
        new PerformanceObserver((painted) => {
          const { element } = painted.getEntries().at(-1) as PerformanceEntry & { element: Element | null };
          resolve(element instanceof HTMLImageElement ? { loading: element.loading, fetchPriority: element.fetchPriority } : null);
        }).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
}

for (const [name, pathOf] of [
  ['the front page', async () => '/'],
  ['a post with images', async () => `/posts/${(await illustratedPost()).slug}`],
  ['a post with a cover and ten images', async (means) => `/posts/${(await picturePost(means)).slug}`],
] as [string, (means: Pick<Fixtures, 'account' | 'seedPost'>) => Promise<string>][]) {
  test(name, async ({ page, baseURL, account, seedPost }, { project }) => {
    const path = await pathOf({ account, seedPost });
    await page.goto(path, { waitUntil: 'networkidle' });
    if (path.includes('ten-pictures')) expect(await largestImage(page)).toEqual({ loading: 'eager', fetchPriority: 'high' });
    const port = await freePort();
    const { launchOptions } = project.use;
    const args = [...(launchOptions?.args ?? []), `--remote-debugging-port=${port}`];
    const browser = await chromium.launch({ ...launchOptions, args });
    const { proxy, origin } = await scriptsLast(baseURL ?? '');
    try {
      const { scores, scriptKb, lcpMs, cls, lost } = await audited(new URL(path, origin).href, port);
      console.log(path, scores, { scriptKb, lcpMs, cls });
      for (const category of CATEGORIES) {
        expect(scores[category], `${category}: ${lost.join(', ')}`).toBeGreaterThanOrEqual(LEAST);
      }
      expect(cls).toBeLessThanOrEqual(MOST_CLS);
      expect(scriptKb).toBeGreaterThan(0);
      expect(scriptKb).toBeLessThanOrEqual(SCRIPT_KB);
    } finally {
      await browser.close();
      proxy.close();
    }
  });
}
