import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { listTags } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { ManagePage } from '@/components/studio/table-page';
import { apiQuery, lastPage, listUrl, parseListParams, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableSearch } from '@/components/studio/table-search';
import { TagName } from '@/components/tag-name';
import { Empty } from '@/components/ui/empty';
import { count, messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { NewTag } from './new-tag';

const { tags: words, nothingFound } = messages.manage;
const PATH = '/studio/tags';

export const metadata: Metadata = { title: words.title };

export default async function TagsPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('editor');
  const query = await searchParams;
  const params = parseListParams(query);
  const result = await listTags({ client: await sessionClient(), query: apiQuery(params) });
  const tags = unwrap('listTags', result);
  const total = totalCount(result);
  if (params.page > lastPage(total)) redirect(listUrl(PATH, { ...params, page: lastPage(total) }));
  const { columns, empty } = words;
  const done = searchParam(query, 'done') === 'deleted' ? words.remove.done : undefined;
  return (
    <ManagePage title={words.title} lead={words.lead} done={done}>
      <div className="grid gap-3 lg:grid-cols-2 lg:gap-8">
        <TableSearch path={PATH} search={params.search} hint={words.searchHint} />
        <NewTag />
      </div>
      {tags.length === 0 ? (
        <Empty title={params.search ? nothingFound.title : empty.title}>
          {params.search ? nothingFound.text(params.search) : empty.text}
        </Empty>
      ) : (
        <Table
          label={words.title}
          columns={[{ name: columns.name }, { name: columns.slug }, { name: columns.posts, end: true }]}
        >
          {tags.map((tag) => (
            <Row key={tag.id}>
              <Cell>
                <RowLink href={`${PATH}/${tag.id}`}>
                  <TagName name={tag.name} />
                </RowLink>
              </Cell>
              <Cell label={columns.slug}>
                <span className="text-ink-soft font-mono text-xs break-all">{tag.slug}</span>
              </Cell>
              <Cell label={columns.posts} end className="tabular-nums">
                {count(tag.post_count)}
              </Cell>
            </Row>
          ))}
        </Table>
      )}
      <Pager path={PATH} params={params} total={total} words={words.shown} />
    </ManagePage>
  );
}
