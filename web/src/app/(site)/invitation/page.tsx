import type { Metadata } from 'next';
import { Entrance } from '@/components/form-entrance';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { currentUser } from '@/session/current';
import { Invitation } from './invitation';

const { page } = messages.invitations;

export const metadata: Metadata = { title: page.title, robots: { index: false, follow: false }, referrer: 'no-referrer' };

/** The page of the link in the mail of an invitation, whose secret is in the fragment: no server sees it in a URL. */
export default async function InvitationPage() {
  const user = await currentUser();
  return (
    <Entrance title={page.title}>
      {user && <Notice tone="warn">{page.loggedIn(user.display_name)}</Notice>}
      <noscript>
        <Notice tone="bad">{page.noScript}</Notice>
      </noscript>
      <Invitation />
    </Entrance>
  );
}
