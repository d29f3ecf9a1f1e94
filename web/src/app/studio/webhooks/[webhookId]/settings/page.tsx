import type { Metadata } from 'next';
import { getUser, listEventTypes } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Confirm } from '@/components/studio/table-confirm';
import { ManagePage, SettingsSection } from '@/components/studio/table-page';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { removeEndpoint } from '../../actions';
import { VerifySignatures } from '../../verify-signatures';
import { webhookOf } from '../../webhook';
import { EditEndpoint } from './edit-endpoint';
import { RotateSecret } from './rotate-secret';

const { webhooks: words } = messages;

export const metadata: Metadata = { title: words.settings.title };

/** What an endpoint is told of; its secret, and how to verify signatures; and its end. */
export default async function WebhookSettingsPage({ params }: { params: Promise<{ webhookId: string }> }) {
  await requireRole('admin');
  const { webhook, version } = await webhookOf((await params).webhookId);
  const client = await sessionClient();
  const types = unwrap('listEventTypes', await listEventTypes({ client }));
  const { settings, secret, verify, remove } = words;
  return (
    <ManagePage
      title={settings.title}
      back={{ href: `/studio/webhooks/${webhook.id}`, name: webhook.description || webhook.url }}
    >
      <SettingsSection title={settings.endpoint} lead={settings.lead}>
        <EditEndpoint types={types} webhook={webhook} version={version} authors={await usernamesOf(webhook.authors)} />
      </SettingsSection>
      <SettingsSection title={secret.title} lead={secret.lead}>
        <RotateSecret webhookId={webhook.id} previousUntil={webhook.previous_secret_expires_at} />
      </SettingsSection>
      <SettingsSection title={verify.title} lead={verify.lead}>
        <VerifySignatures />
      </SettingsSection>
      <SettingsSection title={remove.title} lead={remove.lead}>
        <Confirm
          open={remove.open}
          title={remove.ask}
          text={remove.text}
          fields={{ webhook_id: webhook.id, version }}
          action={removeEndpoint}
          submit={remove.submit}
        />
      </SettingsSection>
    </ManagePage>
  );
}

/** Return the usernames of authors; those whose account was deleted write nothing any more. */
async function usernamesOf(ids: number[]): Promise<string[]> {
  const client = await sessionClient();
  const found = await Promise.all(ids.map((user_id) => getUser({ client, path: { user_id } })));
  return found.flatMap((result) => (result.response?.status === 404 ? [] : [unwrap('getUser', result).username]));
}
