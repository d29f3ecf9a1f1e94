import type { Webhook } from '@/client';
import { Badge } from '@/components/ui/badge';
import { messages, shortTime } from '@/messages';

const { states } = messages.webhooks;

/** Whether messages are sent to an endpoint, and whether they arrive. */
export function EndpointState({ webhook: { is_enabled, failing_since } }: { webhook: Webhook }) {
  if (!is_enabled) return <Badge>{states.off}</Badge>;
  if (failing_since) return <Badge tone="bad">{states.failing(shortTime(failing_since))}</Badge>;
  return <Badge tone="good">{states.on}</Badge>;
}
