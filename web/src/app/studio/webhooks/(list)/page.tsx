import type { Metadata } from 'next';
import Link from 'next/link';
import { listWebhooks, type LastWebhookDelivery, type ListedWebhook } from '@/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { ManagePage } from '@/components/studio/table-page';
import { searchParam, type Query } from '@/components/studio/table-params';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { messages, plural, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { DeliveryState } from '../delivery-state';
import { EndpointState } from '../endpoint-state';

const { webhooks: words } = messages;
const PATH = '/studio/webhooks';

export const metadata: Metadata = { title: words.title };

export default async function WebhooksPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('admin');
  const client = await sessionClient();
  const webhooks = unwrap('listWebhooks', await listWebhooks({ client }));
  const { columns, empty } = words;
  return (
    <ManagePage
      title={words.title}
      lead={words.lead}
      done={searchParam(await searchParams, 'done') === 'deleted' ? words.remove.done : undefined}
    >
      <Button asChild className="justify-self-start">
        <Link href={`${PATH}/new`} prefetch={false}>
          {words.new}
        </Link>
      </Button>
      {webhooks.length === 0 ? (
        <Empty title={empty.title}>{empty.text}</Empty>
      ) : (
        <Table label={words.title} columns={[{ name: columns.endpoint }, { name: columns.state }, { name: columns.last }]}>
          {webhooks.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} />
          ))}
        </Table>
      )}
      <KeepFresh />
    </ManagePage>
  );
}

function WebhookRow({ webhook }: { webhook: ListedWebhook }) {
  const { id, url, description, events, last_delivery: last } = webhook;
  const { columns } = words;
  return (
    <Row>
      <Cell className="sm:w-full">
        <RowLink href={`${PATH}/${id}`}>
          <span className="break-all">{description || url}</span>
        </RowLink>
        {description && <p className="text-ink-soft text-sm break-all">{url}</p>}
        <p className="text-ink-faint text-sm">{events ? plural(events.length, words.eventCount) : words.allEvents}</p>
      </Cell>
      <Cell label={columns.state}>
        <EndpointState webhook={webhook} />
      </Cell>
      <Cell label={columns.last} className="text-ink-soft whitespace-nowrap">
        {last ? <LastDelivery delivery={last} /> : words.noDelivery}
      </Cell>
    </Row>
  );
}

function LastDelivery({ delivery: { state, attempts, created_at } }: { delivery: LastWebhookDelivery }) {
  return (
    <span className="grid justify-items-start gap-1 max-sm:justify-items-end">
      <DeliveryState state={state} attempts={attempts} />
      <time dateTime={created_at} className="text-sm">
        {shortTime(created_at)}
      </time>
    </span>
  );
}
