/** Wait in the browser for the outcome of a webhook's delivery. */
import type { WebhookDeliveryDetails } from '@/client';
import { getWebhookDelivery } from '@/client/browser.gen';

/** Between two questions. */
export const POLL_MS = 1000;
/** The longest that a receiver may take is shorter; a worker that is not there takes for ever. */
const POLLS = 30;

type Options = { signal: AbortSignal; pause?: (ms: number) => Promise<void> };

/** Return a delivery after its first attempt; undefined if there is none yet, or `signal` is aborted. */
export async function followDelivery(
  webhook_id: string,
  delivery_id: number,
  { signal, pause = sleep }: Options,
): Promise<WebhookDeliveryDetails | undefined> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    await pause(POLL_MS);
    if (signal.aborted) return undefined;
    const { data } = await getWebhookDelivery({ path: { webhook_id, delivery_id }, signal });
    if (data && (data.state !== 'waiting' || data.log[0]?.finished_at)) return data;
  }
  return undefined;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
