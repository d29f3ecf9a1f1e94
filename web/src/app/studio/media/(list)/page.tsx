import type { Metadata } from 'next';
import { listMedia } from '@/client';
import { unwrap } from '@/api/unwrap';
import { mediaPage, PER_PAGE } from '@/components/media/media-pages';
import { ManagePage } from '@/components/studio/table-page';
import { searchParam, type Query } from '@/components/studio/table-params';
import { TableTabs } from '@/components/studio/table-tabs';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { Filters } from './filters';
import { Library } from './library';
import { mediaQuery, mediaUrl, parseMediaParams, TABS } from './list-params';

const { media: words } = messages;

export const metadata: Metadata = { title: words.title };

/** The media library: the first page from here, the following ones in the browser. */
export default async function MediaPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('author');
  const search = await searchParams;
  const params = parseMediaParams(search);
  const query = mediaQuery(params);
  const result = await listMedia({ client: await sessionClient(), query: { ...query, per_page: PER_PAGE } });
  unwrap('listMedia', result);
  return (
    <ManagePage title={words.title} lead={words.lead} done={searchParam(search, 'done') === 'deleted' ? words.one.remove.done : undefined}>
      <TableTabs
        label={words.filters.shown}
        tabs={TABS.map((shown) => ({ name: words.filters.tabs[shown], href: mediaUrl(params, { shown }), current: params.shown === shown }))}
      />
      <Filters params={params} />
      <Library query={query} first={mediaPage(result)} isFiltered={Object.keys(query).length > 0} />
    </ManagePage>
  );
}
