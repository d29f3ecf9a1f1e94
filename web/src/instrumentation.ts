import { secondsSetting } from './lib/seconds-setting';

/** Next calls `register` once, before the server takes requests. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { recordVisitorAddresses } = await import('./session/visitor-address');
  recordVisitorAddresses();
  // A setting that cannot be read ends the start, not each request.
  secondsSetting('API_TIMEOUT_S');
  secondsSetting('PAGE_MAX_AGE_S');
  const { revalidateKey } = await import('./session/webhook-signature');
  revalidateKey();
  const { sharedCache } = await import('./cache-redis.mjs');
  sharedCache();
  const { watchResponses } = await import('./lib/failed-pages');
  watchResponses();
  const { compressScripts } = await import('./lib/compressed-scripts');
  compressScripts();
}
