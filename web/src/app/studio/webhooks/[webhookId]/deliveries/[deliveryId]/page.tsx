import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getWebhookDelivery } from '@/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { ManagePage } from '@/components/studio/table-page';
import { CodeBlock } from '@/components/ui/code-block';
import { Empty } from '@/components/ui/empty';
import { count, exactTime, messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { DeliveryState } from '../../../delivery-state';
import { webhookOf } from '../../../webhook';
import { AttemptDetails } from './attempt-details';
import { prettyJson } from './pretty-json';
import { Redeliver } from './redeliver';

const { webhooks: words } = messages;
const { delivery: about } = words;

export const metadata: Metadata = { title: about.title };

type DeliveryPageProps = { params: Promise<{ webhookId: string; deliveryId: string }> };

/** A message: what was sent, how often, and what the receiver responded. */
export default async function DeliveryPage({ params }: DeliveryPageProps) {
  await requireRole('admin');
  const { webhookId, deliveryId } = await params;
  const delivery_id = Number(deliveryId);
  if (!Number.isSafeInteger(delivery_id) || delivery_id < 1) notFound();
  const { webhook } = await webhookOf(webhookId);
  const result = await getWebhookDelivery({ client: await sessionClient(), path: { webhook_id: webhook.id, delivery_id } });
  const delivery = unwrap('getWebhookDelivery', result);
  const { event, state, attempts, message_id, created_at, due_at, request_body, log } = delivery;
  return (
    <ManagePage
      title={event}
      back={{ href: `/studio/webhooks/${webhook.id}`, name: webhook.description || webhook.url }}
      lead={<DeliveryState state={state} attempts={attempts} />}
    >
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 text-sm">
        <Fact name={about.id}>
          <code className="font-mono text-[0.8125rem] break-all">{message_id}</code>
        </Fact>
        <Fact name={about.created}>
          <time dateTime={created_at}>{exactTime(created_at)}</time>
        </Fact>
        <Fact name={about.attempts}>{count(attempts)}</Fact>
        {due_at && (
          <Fact name={about.next}>
            <time dateTime={due_at}>{exactTime(due_at)}</time>
          </Fact>
        )}
      </dl>
      <Redeliver webhookId={webhook.id} deliveryId={delivery_id} isEnabled={webhook.is_enabled} />
      <CodeBlock label={about.message} text={prettyJson(request_body)} copyLabel={about.copyMessage} wraps />
      <section className="grid gap-4" aria-labelledby="attempts">
        <h2 id="attempts" className="font-serif text-xl font-semibold">
          {about.attempts}
        </h2>
        {log.length === 0 && <Empty title={about.noAttempt.title}>{about.noAttempt.text}</Empty>}
        {log.map((attempt, index) => (
          <AttemptDetails key={attempt.started_at} attempt={attempt} isOpen={index === 0} />
        ))}
      </section>
      {state === 'waiting' && <KeepFresh />}
    </ManagePage>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
