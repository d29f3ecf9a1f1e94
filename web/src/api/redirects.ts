/** Redirects from the paths of an imported site to its posts. */
import 'server-only';
import { lookUpRedirect } from '@/client';
import { CACHE_TAGS, REVALIDATE_S } from './cache-tags';
import { ApiError } from './unwrap';
import { failureOf } from '@/lib/problems';

/**
 * Return the path of the post that `path` of an imported site stands for, undefined if it stands for none. Throws
 * `ApiError` if the lookup failed: an outage must not become a permanent 404.
 */
export async function currentPathOf(path: string): Promise<string | undefined> {
  const next = { tags: [CACHE_TAGS.redirects], revalidate: REVALIDATE_S };
  const result = await lookUpRedirect({ query: { path }, next });
  const failure = failureOf(result);
  if (failure === 404 || failure === 400) return undefined;
  if (failure !== undefined || !result.data) throw new ApiError('lookUpRedirect', failure ?? 'contract', result.error);
  return `/posts/${result.data.slug}`;
}
