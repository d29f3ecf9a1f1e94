'use client';
import { Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { messages } from '@/messages';
import { setActivity } from '../actions';

const { activity: words } = messages.webhooks;

/** Button that switches an endpoint on or off. */
export function SwitchOnOff({ webhookId, isEnabled }: { webhookId: string; isEnabled: boolean }) {
  const [, send] = useActionWithStatus(setActivity, 'all');
  return (
    <form action={send}>
      <input type="hidden" name="webhook_id" value={webhookId} />
      <input type="hidden" name="is_enabled" value={String(!isEnabled)} />
      <Submit look={isEnabled ? 'secondary' : 'primary'}>{isEnabled ? words.switchOff : words.switchOn}</Submit>
    </form>
  );
}
