/** Search params of the studio's list of posts: filters, sort order and page. */
import type { ListPostsData, PostStatus } from '@/client';
import { messages } from '@/messages';

export const PER_PAGE = 20;
export const STATUSES = ['draft', 'scheduled', 'published', 'archived'] as const satisfies PostStatus[];
const { sorts, scheduledSorts } = messages.studio.posts;

export type Sort = keyof typeof sorts | keyof typeof scheduledSorts;

/** Return the orders that the list of a status can have; the first one is the default. */
export const sortsOf = (status: PostStatus): [Sort, string][] =>
  Object.entries(status === 'scheduled' ? scheduledSorts : sorts) as [Sort, string][];

const defaultSort = (status: PostStatus): Sort => sortsOf(status)[0]?.[0] ?? '-updated_at';

export type PostListParams = {
  status: PostStatus;
  whose: 'mine' | 'everyone';
  author: string;
  q: string;
  tag: string;
  sort: Sort;
  page: number;
};

/** Parse the search params; missing or invalid values get their defaults. */
export function parsePostListParams(query: Record<string, string | string[] | undefined>, everyones: boolean): PostListParams {
  const text = (name: string) => [query[name]].flat()[0]?.trim() ?? '';
  const page = Number(text('page'));
  const status = STATUSES.find((each) => each === text('status')) ?? 'draft';
  return {
    status,
    whose: everyones && text('whose') === 'everyone' ? 'everyone' : 'mine',
    author: everyones ? text('author') : '',
    q: text('q'),
    tag: text('tag'),
    sort: sortsOf(status).find(([sort]) => sort === text('sort'))?.[0] ?? defaultSort(status),
    page: Number.isInteger(page) && page > 0 && page < 1e6 ? page : 1,
  };
}

/** Return the query of the API call. */
export function apiQuery({ status, whose, author, q, tag, sort, page }: PostListParams, me: string): ListPostsData['query'] {
  return {
    status, sort, page, per_page: PER_PAGE,
    author: whose === 'mine' ? me : author || undefined,
    search: q || undefined,
    tag: tag || undefined,
  };
}

/** Return the URL of the list with these changes, on page 1 unless `changes` has a page. */
export function postListUrl(params: PostListParams, changes: Partial<PostListParams> = {}): string {
  const { status, whose, author, q, tag, sort, page } = { ...params, page: 1, ...changes };
  const said = Object.entries({
    status: status === 'draft' ? '' : status,
    whose: whose === 'mine' ? '' : whose,
    author: whose === 'mine' ? '' : author,
    q, tag,
    sort: sort === defaultSort(status) || !sortsOf(status).some(([each]) => each === sort) ? '' : sort,
    page: page === 1 ? '' : String(page),
  }).filter(([, value]) => value !== '');
  return said.length > 0 ? `/studio/posts?${new URLSearchParams(said)}` : '/studio/posts';
}

export const isFiltered = ({ q, tag, author }: PostListParams) => q !== '' || tag !== '' || author !== '';
