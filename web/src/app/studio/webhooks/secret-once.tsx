'use client';
import { CopyButton } from '@/components/ui/copy-button';
import { messages } from '@/messages';

const { secret: words } = messages.webhooks;

/** A secret that the API has just sent, and will not send again. */
export function SecretOnce({ secret, lead }: { secret: string; lead: string }) {
  return (
    <section aria-label={words.label} className="border-warn/40 bg-warn-wash rounded-card grid gap-3 border p-4">
      <p className="text-warn font-medium">{words.once}</p>
      <div className="flex flex-wrap items-center gap-2">
        <code className="bg-surface border-line min-w-0 rounded-lg border px-3 py-1.5 font-mono text-sm break-all">{secret}</code>
        <CopyButton text={secret} label={words.copy} />
      </div>
      <p className="text-sm">{lead}</p>
    </section>
  );
}
