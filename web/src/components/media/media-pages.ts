/** Pages of the media library, as the server and the browser read them. */
import type { ListMediaData, Media } from '@/client';
import type { Result } from '@/lib/problems';

export const PER_PAGE = 24;

export type MediaQuery = Pick<NonNullable<ListMediaData['query']>, 'search' | 'kind' | 'media_type' | 'used' | 'missing_alt_text'>;
/** `after` is the cursor of the next page, if there is one. */
export type MediaPage = { items: Media[]; after?: string };

/** Return a page from a result of `listMedia`. */
export function mediaPage({ data = [], response }: Result & { data?: Media[] }): MediaPage {
  const hasNext = /;\s*rel="?next"?/.test(response?.headers.get('Link') ?? '');
  return { items: data, after: hasNext ? data.at(-1)?.cursor : undefined };
}
