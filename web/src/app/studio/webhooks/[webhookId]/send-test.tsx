'use client';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { WebhookDeliveryDetails } from '@/client';
import { Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Notice } from '@/components/ui/notice';
import { followDelivery } from '@/lib/follow-delivery';
import { messages } from '@/messages';
import { sendTest } from '../actions';

const { test: words, delivery: aboutDelivery } = messages.webhooks;

/** Button that sends a test message, and then what came of it. */
export function SendTest({ webhookId }: { webhookId: string }) {
  const [sent, setSent] = useState<number>();
  const [, send] = useActionWithStatus(async (before, form) => {
    setSent(undefined);
    const { delivery, ...after } = await sendTest(before, form);
    setSent(delivery);
    return after;
  }, 'all');
  return (
    <>
      <form action={send}>
        <input type="hidden" name="webhook_id" value={webhookId} />
        <Submit>{words.submit}</Submit>
      </form>
      {sent !== undefined && (
        <div className="order-last w-full">
          <Outcome key={sent} webhookId={webhookId} deliveryId={sent} />
        </div>
      )}
    </>
  );
}

function Outcome({ webhookId, deliveryId }: { webhookId: string; deliveryId: number }) {
  const [outcome, setOutcome] = useState<WebhookDeliveryDetails | 'waiting'>();
  const router = useRouter();
  useEffect(() => {
    const following = new AbortController();
    void followDelivery(webhookId, deliveryId, { signal: following.signal })
      .then((delivery) => {
        setOutcome(delivery ?? 'waiting');
        // The list below has it as well.
        router.refresh();
      })
      .catch(() => undefined);
    return () => following.abort();
  }, [webhookId, deliveryId, router]);
  if (outcome === undefined) return <Notice>{words.sending}</Notice>;
  const link = (
    <Link href={`/studio/webhooks/${webhookId}/deliveries/${deliveryId}`} prefetch={false} className="font-medium underline underline-offset-4">
      {words.see}
    </Link>
  );
  if (outcome === 'waiting') return <Notice tone="warn">{words.waiting}</Notice>;
  const [attempt] = outcome.log;
  if (outcome.state === 'delivered') {
    return (
      <Notice tone="good">
        {words.delivered(String(attempt?.status), aboutDelivery.duration(attempt?.duration_ms ?? 0))} {link}
      </Notice>
    );
  }
  return (
    <Notice tone="bad">
      {words.failed(attempt?.error ?? '')} {outcome.state === 'waiting' && words.again} {link}
    </Notice>
  );
}
