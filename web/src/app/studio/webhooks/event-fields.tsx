'use client';
import { useId, useRef } from 'react';
import type { WebhookEventType } from '@/client';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import { eventGroups, type EventGroup } from './event-groups';

const { form: words } = messages.webhooks;

type EventFieldsProps = { types: WebhookEventType[]; /** Null stands for all. */ chosen: string[] | null; error?: string };

/**
 * Which events an endpoint is told of: all, or some. The inputs are uncontrolled, as React resets a form after its action to
 * what it was made with: whoever shows what was chosen makes it anew, with a `key`.
 */
export function EventFields({ types, chosen, error }: EventFieldsProps) {
  const id = useId();
  return (
    <fieldset className="group/events grid min-w-0 gap-4" aria-describedby={error ? id : undefined}>
      <legend className="text-sm font-medium">{words.events}</legend>
      <div className="mt-1.5 grid gap-2 text-sm">
        {(['all', 'some'] as const).map((which) => (
          <label key={which} className="flex items-start gap-2">
            <input
              type="radio"
              name="which_events"
              value={which}
              defaultChecked={(chosen === null) === (which === 'all')}
              className="accent-accent mt-0.5 size-4 shrink-0"
            />
            {words.which[which]}
          </label>
        ))}
      </div>
      {error && (
        <p id={id} className="text-bad text-sm">
          {error}
        </p>
      )}
      <div className="grid gap-4 group-has-[[value=all]:checked]/events:hidden">
        {eventGroups(types).map((group) => (
          <Group key={group.name} group={group} chosen={chosen ?? []} />
        ))}
      </div>
    </fieldset>
  );
}

function Group({ group: { name, events }, chosen }: { group: EventGroup; chosen: string[] }) {
  const id = useId();
  const place = useRef<HTMLFieldSetElement>(null);
  const choose = (checked: boolean) => {
    for (const input of place.current?.querySelectorAll<HTMLInputElement>('input[type=checkbox]') ?? []) input.checked = checked;
  };
  return (
    <fieldset ref={place} className="border-line rounded-card grid min-w-0 gap-3 border px-4 pt-2 pb-4">
      <legend className="px-1 font-medium">{name}</legend>
      <div className="-ms-3 flex flex-wrap">
        <Button type="button" look="quiet" size="small" aria-label={words.chooseAllOf(name)} onClick={() => choose(true)}>
          {words.chooseAll}
        </Button>
        <Button type="button" look="quiet" size="small" aria-label={words.chooseNoneOf(name)} onClick={() => choose(false)}>
          {words.chooseNone}
        </Button>
      </div>
      {events.map((event) => (
        <label key={event.name} className="flex items-start gap-2 text-sm">
          <input
            type="checkbox"
            name="events"
            value={event.name}
            aria-label={event.name}
            aria-describedby={`${id}-${event.name}`}
            defaultChecked={chosen.includes(event.name)}
            className="accent-accent mt-0.5 size-4 shrink-0"
          />
          <span className="min-w-0">
            <code className="font-mono text-[0.8125rem] break-words">{event.name}</code>
            <span id={`${id}-${event.name}`} className="text-ink-soft block">
              {event.description.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
