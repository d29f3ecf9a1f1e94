/** What do the pages about items read? Kept under one tag, which a new item makes stale. */
import 'server-only';
import { listItems } from '@/client';
import { answered } from './answered';
import { REVALIDATE_S, TAGS } from './tags';

/** Return the newest items. */
export async function newestItems() {
  return answered('listItems', await listItems({ next: { tags: [TAGS.items], revalidate: REVALIDATE_S } }));
}
