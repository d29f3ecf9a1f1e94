/** What a Server Action does after a change: readers get fresh pages, and the user sees the current page as it is now. */
import 'server-only';
import { refresh, updateTag } from 'next/cache';
import type { StaleTags } from './public-changes';

/**
 * Make the pages stale that readers see otherwise now. The page of the user is rendered again also when no reader sees a
 * difference: without that, what a draft or a job was before would stay on the screen.
 */
export async function showChange(staleTags: StaleTags = async () => []): Promise<void> {
  for (const tag of await staleTags()) updateTag(tag);
  refresh();
}
