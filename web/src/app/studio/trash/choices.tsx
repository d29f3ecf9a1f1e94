'use client';
import { Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Confirm } from '@/components/studio/table-confirm';
import { messages } from '@/messages';
import { purge, restore } from './actions';

/** Buttons of a post in the trash; deleting needs confirmation. */
export function TrashChoices({ id, title }: { id: string; title: string }) {
  const { trash } = messages.manage;
  const [, send] = useActionWithStatus(restore, 'all');
  return (
    <div className="flex flex-wrap gap-2 max-sm:mt-2 sm:flex-nowrap sm:justify-end">
      <form action={send}>
        <input type="hidden" name="post_id" value={id} />
        <Submit look="secondary" size="small" aria-label={trash.restoreOf(title)}>
          {trash.restore}
        </Submit>
      </form>
      <Confirm
        open={trash.purge.open}
        openLabel={trash.purge.openOf(title)}
        look="quiet"
        size="small"
        title={trash.purge.ask}
        text={trash.purge.text}
        fields={{ post_id: id, title }}
        action={purge}
        submit={trash.purge.submit}
      >
        {() => <p className="font-serif text-lg break-words">{title}</p>}
      </Confirm>
    </div>
  );
}
