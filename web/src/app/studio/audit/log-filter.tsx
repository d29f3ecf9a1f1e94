import Form from 'next/form';
import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { Select, TextField } from '@/components/ui/field';
import { messages } from '@/messages';
import { PATH, type LogParams } from './log-query';

const { audit: words } = messages;

/** Choice of an action and of days. A GET form: works without JavaScript, and the URL has the filter. */
export function LogFilter({ params }: { params: LogParams }) {
  const { action, from, until, object_type, object_id, actor_id } = params;
  const kept = { object_type, object_id, actor_id };
  const others = action && !(action in words.actions) ? { [action]: action } : {};
  return (
    <Form action={PATH} key={JSON.stringify(params)} aria-label={words.filter} className="flex flex-wrap items-end gap-3">
      {Object.entries(kept).map(([name, value]) => value && <input key={name} type="hidden" name={name} value={value} />)}
      <Select
        label={words.action}
        name="action"
        defaultValue={action ?? ''}
        options={{ '': words.everyAction, ...words.actions, ...others }}
        className="min-w-0 max-sm:w-full"
      />
      <TextField label={words.from} name="from" type="date" defaultValue={from} />
      <TextField label={words.until} name="until" type="date" defaultValue={until} />
      <Button look="secondary" className="h-10">
        {words.apply}
      </Button>
      {Object.values(params).some(Boolean) && (
        <Link href={PATH} prefetch={false} className="text-ink-soft hover:text-ink py-2 text-sm underline underline-offset-4">
          {words.reset}
        </Link>
      )}
    </Form>
  );
}
