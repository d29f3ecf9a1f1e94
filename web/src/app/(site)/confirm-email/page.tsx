import type { Metadata } from 'next';
import { connection } from 'next/server';
import { Entrance } from '@/components/form-entrance';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { ConfirmEmail } from './confirm-email';

const { confirmEmail } = messages.account;

export const metadata: Metadata = { title: confirmEmail.title, robots: { index: false, follow: false }, referrer: 'no-referrer' };

/** The page of the link in the mail to a new address, whose secret is in the fragment: no server sees it in a URL. */
export default async function ConfirmEmailPage() {
  await connection(); // made for each request, whose policy names its scripts
  return (
    <Entrance title={confirmEmail.title}>
      <noscript>
        <Notice tone="bad">{messages.invitations.page.noScript}</Notice>
      </noscript>
      <ConfirmEmail />
    </Entrance>
  );
}
