/** Items for public pages, cached under one tag that a new item makes stale. */
import 'server-only';
import { listItems } from '@/client';
import { CACHE_TAGS, REVALIDATE_S } from './cache-tags';
import { unwrapPublic } from './unwrap';

/** Return the newest items. */
export async function newestItems() {
  return unwrapPublic('listItems', await listItems({ next: { tags: [CACHE_TAGS.items], revalidate: REVALIDATE_S } }));
}
