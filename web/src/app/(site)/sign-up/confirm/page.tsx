import type { Metadata } from 'next';
import { Entrance } from '@/components/form-entrance';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { currentUser } from '@/session/current';
import { ConfirmSignUp } from './confirm-sign-up';

const { confirmSignUp } = messages.account;

export const metadata: Metadata = { title: confirmSignUp.title, robots: { index: false, follow: false }, referrer: 'no-referrer' };

/** The page of the link in the mail of a sign-up, whose secret is in the fragment: no server sees it in a URL. */
export default async function ConfirmSignUpPage() {
  const user = await currentUser();
  return (
    <Entrance title={confirmSignUp.title} lead={confirmSignUp.lead}>
      {user && <Notice tone="warn">{confirmSignUp.loggedIn(user.display_name)}</Notice>}
      <noscript>
        <Notice tone="bad">{messages.invitations.page.noScript}</Notice>
      </noscript>
      <ConfirmSignUp />
    </Entrance>
  );
}
