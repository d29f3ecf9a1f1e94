import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { listMail, type MailSummary } from '@/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { ManagePage } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, totalCount, type Query } from '@/components/studio/table-params';
import { Empty } from '@/components/ui/empty';
import { problemOf } from '@/lib/problems';
import { messages, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { SentMail } from '../sent-mail';

const { mail: words } = messages;
const PATH = '/studio/mail';

export const metadata: Metadata = { title: words.title };

export default async function MailsPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('admin');
  const { page } = parseListParams(await searchParams);
  const result = await listMail({ client: await sessionClient(), query: { page, per_page: PER_PAGE } });
  if (problemOf(result)?.code === 'MAIL_NOT_STORED') return <SentMail />;
  const mails = unwrap('listMail', result);
  const total = totalCount(result);
  if (page > lastPage(total)) redirect(listUrl(PATH, { page: lastPage(total) }));
  const { columns, empty } = words;
  return (
    <ManagePage title={words.title} lead={words.lead}>
      {mails.length === 0 ? (
        <Empty title={empty.title}>{empty.text}</Empty>
      ) : (
        <Table label={words.title} columns={[{ name: columns.mail }, { name: columns.template }, { name: columns.time }]}>
          {mails.map((mail) => (
            <MailRow key={mail.id} mail={mail} />
          ))}
        </Table>
      )}
      <Pager path={PATH} params={{ page, search: '' }} total={total} words={words.shown} />
      <KeepFresh />
    </ManagePage>
  );
}

function MailRow({ mail: { id, subject, to, template, written_at } }: { mail: MailSummary }) {
  const { columns } = words;
  return (
    <Row>
      <Cell className="wrap-anywhere sm:w-full">
        <RowLink href={`${PATH}/${id}`}>{subject || words.noSubject}</RowLink>
        <p className="text-ink-faint text-sm">{words.to(to)}</p>
      </Cell>
      {template ? (
        <Cell label={columns.template} className="text-ink-soft whitespace-nowrap">
          {words.kinds[template] ?? template}
        </Cell>
      ) : (
        <Cell className="max-sm:hidden">{null}</Cell>
      )}
      <Cell label={columns.time} className="text-ink-soft whitespace-nowrap">
        <time dateTime={written_at}>{shortTime(written_at)}</time>
      </Cell>
    </Row>
  );
}
