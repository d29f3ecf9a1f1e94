import type { Metadata } from 'next';
import { connection } from 'next/server';
import { Entrance } from '@/components/form-entrance';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { ResetPassword } from './reset-password';

const { resetPassword } = messages.account;

export const metadata: Metadata = { title: resetPassword.title, robots: { index: false, follow: false }, referrer: 'no-referrer' };

/** The page of the link in the mail of a password reset, whose secret is in the fragment: no server sees it in a URL. */
export default async function ResetPasswordPage() {
  await connection(); // made for each request, whose policy names its scripts
  return (
    <Entrance title={resetPassword.title}>
      <noscript>
        <Notice tone="bad">{messages.invitations.page.noScript}</Notice>
      </noscript>
      <ResetPassword />
    </Entrance>
  );
}
