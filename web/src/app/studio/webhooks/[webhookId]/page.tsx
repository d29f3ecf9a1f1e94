import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { listEventTypes, listWebhookDeliveries, type WebhookDelivery } from '@/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { ManagePage } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableTabs } from '@/components/studio/table-tabs';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { Notice } from '@/components/ui/notice';
import { messages, plural, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { DeliveryState } from '../delivery-state';
import { EndpointState } from '../endpoint-state';
import { webhookOf } from '../webhook';
import { EventFilter } from './event-filter';
import { SendTest } from './send-test';
import { SwitchOnOff } from './switch-on-off';

const { webhooks: words } = messages;
const { deliveries } = words;
const STATES = ['waiting', 'delivered', 'failed'] as const satisfies WebhookDelivery['state'][];

export const metadata: Metadata = { title: words.title };

type WebhookPageProps = { params: Promise<{ webhookId: string }>; searchParams: Promise<Query> };

/** An endpoint: whether it works, and what was sent to it. */
export default async function WebhookPage({ params, searchParams }: WebhookPageProps) {
  await requireRole('admin');
  const { webhook } = await webhookOf((await params).webhookId);
  const { id, url, description, is_enabled, disabled_reason, disabled_at } = webhook;
  const client = await sessionClient();
  const query = await searchParams;
  const types = unwrap('listEventTypes', await listEventTypes({ client }));
  const { page } = parseListParams(query);
  const state = STATES.find((each) => each === searchParam(query, 'state'));
  const event = [...types.map(({ name }) => name), 'ping'].find((each) => each === searchParam(query, 'event'));
  const result = await listWebhookDeliveries({
    client,
    path: { webhook_id: id },
    query: { page, per_page: PER_PAGE, state, event },
  });
  const found = unwrap('listWebhookDeliveries', result);
  const total = totalCount(result);
  const path = `/studio/webhooks/${id}`;
  const urlOf = (filters: { state?: string; event?: string }) => {
    const said = new URLSearchParams(Object.entries(filters).flatMap(([name, value]) => (value ? [[name, value]] : [])));
    return said.size > 0 ? `${path}?${said}` : path;
  };
  if (page > lastPage(total)) redirect(listUrl(urlOf({ state, event }), { page: lastPage(total) }));
  return (
    <ManagePage
      title={<span className="break-all">{description || url}</span>}
      back={{ href: '/studio/webhooks', name: words.title }}
      lead={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <EndpointState webhook={webhook} />
          {description && <span className="break-all">{url}</span>}
        </span>
      }
    >
      {!is_enabled && disabled_reason && disabled_at && <Notice tone="warn">{words.disabled[disabled_reason](shortTime(disabled_at))}</Notice>}
      <div className="flex flex-wrap items-start gap-2">
        {is_enabled && <SendTest webhookId={id} />}
        <SwitchOnOff webhookId={id} isEnabled={is_enabled} />
        <Button asChild look="secondary">
          <Link href={`${path}/settings`} prefetch={false}>
            {words.settings.open}
          </Link>
        </Button>
      </div>
      <section className="grid gap-4 pt-2" aria-labelledby="deliveries">
        <header className="grid gap-1">
          <h2 id="deliveries" className="font-serif text-xl font-semibold">
            {deliveries.title}
          </h2>
          <p className="text-ink-soft text-sm">{deliveries.lead}</p>
        </header>
        <TableTabs
          label={deliveries.stateFilter}
          tabs={[undefined, ...STATES].map((each) => ({
            name: each ? deliveries.states[each] : deliveries.all,
            href: urlOf({ state: each, event }),
            current: each === state,
          }))}
        />
        <EventFilter path={path} state={state} event={event} events={[...types.map(({ name }) => name), 'ping']} />
        <Deliveries path={path} found={found} isFiltered={Boolean(state ?? event)} />
        <Pager path={urlOf({ state, event })} params={{ page, search: '' }} total={total} words={deliveries.shown} />
      </section>
      <KeepFresh />
    </ManagePage>
  );
}

function Deliveries({ path, found, isFiltered }: { path: string; found: WebhookDelivery[]; isFiltered: boolean }) {
  const { columns, empty, none } = deliveries;
  if (found.length === 0) return isFiltered ? <Empty title={none.title}>{none.text}</Empty> : <Empty title={empty.title}>{empty.text}</Empty>;
  return (
    <Table
      label={deliveries.title}
      columns={[{ name: columns.event }, { name: columns.state }, { name: columns.response }, { name: columns.time }]}
    >
      {found.map((delivery) => (
        <DeliveryRow key={delivery.id} path={path} delivery={delivery} />
      ))}
    </Table>
  );
}

function DeliveryRow({ path, delivery }: { path: string; delivery: WebhookDelivery }) {
  const { id, event, state, attempts, last_status, last_error, created_at } = delivery;
  const { columns } = deliveries;
  return (
    <Row>
      <Cell className="sm:w-full">
        <RowLink href={`${path}/deliveries/${id}`}>{event}</RowLink>
        {attempts > 1 && <p className="text-ink-faint text-sm">{plural(attempts, deliveries.attempts)}</p>}
      </Cell>
      <Cell label={columns.state}>
        <DeliveryState state={state} attempts={attempts} />
      </Cell>
      <Cell label={columns.response} className="text-ink-soft whitespace-nowrap">
        {last_status ?? last_error ?? words.delivery.noResponse}
      </Cell>
      <Cell label={columns.time} className="text-ink-soft whitespace-nowrap">
        <time dateTime={created_at}>{shortTime(created_at)}</time>
      </Cell>
    </Row>
  );
}
