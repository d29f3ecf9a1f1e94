import Form from 'next/form';
import { Button } from '@/components/ui/button';
import { inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { messages } from '@/messages';

const { deliveries: words } = messages.webhooks;

type EventFilterProps = { path: string; state?: string; event?: string; events: string[] };

/** Choice of one event. A GET form: works without JavaScript, and the URL has the filter. */
export function EventFilter({ path, state, event, events }: EventFilterProps) {
  return (
    <Form action={path} key={event} className="flex flex-wrap items-center gap-2">
      {state && <input type="hidden" name="state" value={state} />}
      <select name="event" defaultValue={event} aria-label={words.eventFilter} className={cn(inputStyles, 'h-9 w-auto min-w-0 py-1 text-sm')}>
        <option value="">{words.everyEvent}</option>
        {events.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <Button look="secondary" size="small" className="h-9">
        {words.apply}
      </Button>
    </Form>
  );
}
