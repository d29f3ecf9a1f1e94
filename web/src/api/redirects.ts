/** Where is a page of the earlier site now? For addresses that nothing here answers to. */
import 'server-only';
import { lookUpRedirect } from '@/client';
import { ALL_POSTS_TAG, REVALIDATE_S } from './cache-tags';
import { ApiError } from './unwrap';
import { failureOf } from '@/lib/problems';

/**
 * Return the path of the post that `path` of an imported site stands for, undefined if it stands for none. Throws
 * `ApiFailure` where that could not be found out: a permanent "not here" must not follow from an outage.
 */
export async function currentPathOf(path: string): Promise<string | undefined> {
  const next = { tags: [ALL_POSTS_TAG], revalidate: REVALIDATE_S };
  const result = await lookUpRedirect({ query: { path }, next });
  const failure = failureOf(result);
  if (failure === 404 || failure === 400) return undefined;
  if (failure !== undefined || !result.data) throw new ApiError('lookUpRedirect', failure ?? 'contract', result.error);
  return `/posts/${result.data.slug}`;
}
