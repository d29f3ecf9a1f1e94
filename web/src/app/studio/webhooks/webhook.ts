/** The endpoint of a studio page, with its version for `If-Match`. */
import 'server-only';
import { notFound } from 'next/navigation';
import { getWebhook, type Webhook } from '@/client';
import { unwrap } from '@/api/unwrap';
import { isUuid } from '@/lib/uuid';
import { sessionClient } from '@/session/current';

export async function webhookOf(webhook_id: string): Promise<{ webhook: Webhook; version: string }> {
  if (!isUuid(webhook_id)) notFound();
  const result = await getWebhook({ client: await sessionClient(), path: { webhook_id } });
  return { webhook: unwrap('getWebhook', result), version: result.response?.headers.get('etag') ?? '*' };
}
