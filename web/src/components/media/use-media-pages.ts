'use client';
/** The media library in the browser: page after page, read again while pictures are being prepared. */
import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { listMedia } from '@/client/browser.gen';
import { mediaPage, type MediaPage, type MediaQuery, PER_PAGE } from './media-pages';

const REFRESH_MS = 2_000;
const KEY = 'media-pages';

/** Return the files that `query` finds, newest first. `first` is the first page, if the server has read it. */
export function useMediaPages(query: MediaQuery, first?: MediaPage) {
  const client = useQueryClient();
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [KEY, query],
    queryFn: async ({ pageParam, signal }) =>
      mediaPage(await listMedia({ query: { ...query, per_page: PER_PAGE, after: pageParam }, signal, throwOnError: true })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ after }) => after,
    initialData: first && ({ pages: [first], pageParams: [undefined] } satisfies InfiniteData<MediaPage, string | undefined>),
    // What was changed on the page of a file is seen when the list is seen again.
    staleTime: 0,
    refetchInterval: ({ state }) => (filesOf(state.data).some(({ state }) => state === 'processing') ? REFRESH_MS : false),
  });
  return {
    files: filesOf(data),
    isLoaded: data !== undefined,
    error,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: () => void fetchNextPage(),
    refresh: () => client.invalidateQueries({ queryKey: [KEY] }),
  };
}

const filesOf = (data: { pages: MediaPage[] } | undefined) => data?.pages.flatMap(({ items }) => items) ?? [];
