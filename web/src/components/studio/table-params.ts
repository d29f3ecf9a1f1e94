/** Search params of the studio's lists: page and search, as the URL and the API have them. */
import type { Result } from '@/lib/problems';

export const PER_PAGE = 20;
/** The API's maximum of `page` and of the length of `search`. */
const LAST_PAGE = 1_000_000;
const SEARCH_LENGTH = 100;

export type Query = Record<string, string | string[] | undefined>;
export type ListParams = { page: number; search: string };

/** Return the first value of a search param, trimmed, cut, and without NUL. */
export function searchParam(query: Query, name: string): string {
  const [text = ''] = [query[name]].flat();
  return Array.from(text.replaceAll('\0', '').trim()).slice(0, SEARCH_LENGTH).join('');
}

/** Parse the search params; missing or invalid values get their defaults. */
export function parseListParams(query: Query): ListParams {
  const page = Number(searchParam(query, 'page'));
  return { page: Number.isInteger(page) && page > 0 && page <= LAST_PAGE ? page : 1, search: searchParam(query, 'q') };
}

/** Return the query of the API call. */
export const apiQuery = ({ page, search }: ListParams, per_page = PER_PAGE) => ({ page, per_page, search: search || undefined });

/** Return the URL of a page of the list at `path`, which may have a query already. */
export function listUrl(path: string, { page = 1, search = '' }: Partial<ListParams>): string {
  const [bare = '', own] = path.split('?');
  const query = new URLSearchParams(own);
  if (search) query.set('q', search);
  if (page > 1) query.set('page', String(page));
  return query.size > 0 ? `${bare}?${query}` : bare;
}

/** Return the total number of items, from `X-Total-Count`. */
export const totalCount = ({ response }: Result) => Number(response?.headers.get('X-Total-Count') ?? 0);

/** Return the number of the last page; 1 for an empty list. */
export const lastPage = (total: number, perPage = PER_PAGE) => Math.max(1, Math.ceil(total / perPage));
