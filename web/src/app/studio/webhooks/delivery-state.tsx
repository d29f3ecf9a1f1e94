import type { WebhookDelivery } from '@/client';
import { Badge } from '@/components/ui/badge';
import { messages } from '@/messages';

const TONES = { waiting: 'accent', delivered: 'good', failed: 'bad' } as const;

/** Badge with the state of a delivery: one that has failed before is being retried. */
export function DeliveryState({ state, attempts }: Pick<WebhookDelivery, 'state' | 'attempts'>) {
  const { states } = messages.webhooks.deliveries;
  if (state === 'waiting' && attempts > 0) return <Badge tone="warn">{states.retrying}</Badge>;
  return <Badge tone={TONES[state]}>{states[state]}</Badge>;
}
