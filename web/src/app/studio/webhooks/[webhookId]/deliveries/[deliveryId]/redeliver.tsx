'use client';
import { Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { messages } from '@/messages';
import { redeliver } from '../../../actions';

const { redeliver: words } = messages.webhooks.delivery;

/** Button that sends a message again, as the same message. */
export function Redeliver({ webhookId, deliveryId, isEnabled }: { webhookId: string; deliveryId: number; isEnabled: boolean }) {
  const [, send] = useActionWithStatus(redeliver, 'all');
  if (!isEnabled) return <p className="text-ink-soft text-sm">{words.off}</p>;
  return (
    <form action={send}>
      <input type="hidden" name="webhook_id" value={webhookId} />
      <input type="hidden" name="delivery_id" value={deliveryId} />
      <Submit look="secondary">{words.submit}</Submit>
    </form>
  );
}
