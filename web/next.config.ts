import type { NextConfig } from 'next';

import { join } from 'node:path';

import { apiBaseUrl } from './src/lib/base-urls';
import { isTimeZone } from './src/lib/time-zones';

/** An API that is just starting on a busy machine takes its time. */
const READY_TIMEOUT_MS = 60_000;

/** Of scripts, styles, fonts and resized images: none is a page, and no page has one in a frame. */
const FILE_HEADERS = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Content-Security-Policy', value: "default-src 'none'; base-uri 'none'; frame-ancestors 'none'" },
];

/** A build makes its pages from the API. Without it they would fail one by one, minutes later: it is asked first. */
async function apiAnswers(): Promise<void> {
  const ready = `${apiBaseUrl()}/health/ready`;
  const answer = await fetch(ready, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).catch((error: Error) => error);
  if (answer instanceof Response && answer.ok) return;
  const found = answer instanceof Response ? `${answer.status} ${answer.statusText}` : String(answer.cause ?? answer);
  throw new Error(`The web app was not built: the API does not respond at ${ready} (${found}). Start the API, or set API_BASE_URL.`);
}

/** Return the time zone of the site. One that no browser knows ends the build. */
function siteTimeZone(): string {
  const zone = process.env.SITE_TIME_ZONE || 'UTC';
  if (!isTimeZone(zone)) throw new Error(`SITE_TIME_ZONE is '${zone}'; it must be the name of a time zone, such as Europe/Berlin.`);
  return zone;
}

export const settings: NextConfig = {
  // Several builds of one checkout can stand side by side.
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  output: 'standalone',
  headers: async () => [
    // Pages have theirs from the proxy, which does not see these.
    { source: '/_next/:path*', headers: FILE_HEADERS },
    // Their names never change, and every page has them: they are not asked for anew each time.
    ...['/start.js', '/reading.js'].map((source) => ({
      source,
      headers: [{ key: 'Cache-Control', value: 'public, max-age=600, stale-while-revalidate=86400' }],
    })),
  ],
  // Browsers write the same dates as the server.
  env: { SITE_TIME_ZONE: siteTimeZone() },
  cacheHandler: join(process.cwd(), 'src/cache-handler.mjs'),
  poweredByHeader: false,
  reactStrictMode: true,
  // The proxy decides on trailing slashes: a legacy site may need them.
  skipTrailingSlashRedirect: true,
  // The proxy sees addresses as they were sent: a legacy site is to get its own unchanged.
  skipProxyUrlNormalize: true,
  images: {
    // Answers of /media never change under their name.
    minimumCacheTTL: 2_678_400,
    localPatterns: [{ pathname: '/media/**' }],
  },
  experimental: {
    authInterrupts: true,
    // The least that Next allows: for so long a browser shows a page again that its router has loaded.
    staleTimes: { static: 30 },
    // Uploads that fall through to a legacy site pass through the proxy: MAX_BODY_BYTES of src/legacy/reverse-proxy.ts.
    proxyClientMaxBodySize: '64mb',
    serverActions: {
      bodySizeLimit: '2mb',
      allowedOrigins: process.env.ALLOWED_ORIGINS?.split(',') ?? [],
    },
  },
};

export default async function config(): Promise<NextConfig> {
  if (process.argv[2] === 'build') await apiAnswers();
  return settings;
}
