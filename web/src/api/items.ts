/** What do the pages about items read? Kept under one tag, which a new item makes stale. */
import 'server-only';
import { listItems } from '@/client';
import { CACHE_TAGS, REVALIDATE_S } from './cache-tags';
import { unwrap } from './unwrap';

/** Return the newest items. */
export async function newestItems() {
  return unwrap('listItems', await listItems({ next: { tags: [CACHE_TAGS.items], revalidate: REVALIDATE_S } }));
}
