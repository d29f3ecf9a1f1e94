/** The events that a webhook can be told of, in groups: `post.published` is one of posts. */
import type { WebhookEventType } from '@/client';
import { messages } from '@/messages';

export type EventGroup = { name: string; events: WebhookEventType[] };

/** Return the event types by what they are about, in the order in which they come. */
export function eventGroups(types: WebhookEventType[]): EventGroup[] {
  const groups = new Map<string, WebhookEventType[]>();
  for (const type of types) {
    const [about = ''] = type.name.split('.');
    const name = messages.webhooks.groups[about] ?? about;
    groups.set(name, [...(groups.get(name) ?? []), type]);
  }
  return [...groups].map(([name, events]) => ({ name, events }));
}
