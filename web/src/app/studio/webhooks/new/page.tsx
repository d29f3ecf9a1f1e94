import type { Metadata } from 'next';
import { listEventTypes } from '@/client';
import { unwrap } from '@/api/unwrap';
import { ManagePage } from '@/components/studio/table-page';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { NewEndpoint } from '../new-endpoint';
import { VerifySignatures } from '../verify-signatures';

const { webhooks: words } = messages;

export const metadata: Metadata = { title: words.form.createTitle };

export default async function NewWebhookPage() {
  await requireRole('admin');
  const types = unwrap('listEventTypes', await listEventTypes({ client: await sessionClient() }));
  return (
    <ManagePage title={words.form.createTitle} lead={words.form.createLead} back={{ href: '/studio/webhooks', name: words.title }}>
      <NewEndpoint types={types}>
        <h2 className="font-serif text-xl font-semibold">{words.verify.title}</h2>
        <VerifySignatures />
      </NewEndpoint>
    </ManagePage>
  );
}
