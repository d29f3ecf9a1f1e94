import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { getSubscription } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Entrance } from '@/components/form-entrance';
import { messages } from '@/messages';
import { anonymousClient } from '@/session/current';
import { UnsubscribeForm } from './form';

const { unsubscribe } = messages.account;

export const metadata: Metadata = {
  title: unsubscribe.title,
  robots: { index: false, follow: false },
  referrer: 'no-referrer',
};

/** The page of the link in mails about comments. It asks first: programs open the links of mails, too. */
export default async function UnsubscribePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const result = await getSubscription({ client: await anonymousClient(), path: { token } });
  if (result.response?.status === 404) notFound();
  if (unwrap('getSubscription', result).comment_notifications) {
    return (
      <Entrance title={unsubscribe.title} lead={unsubscribe.lead}>
        <UnsubscribeForm token={token} />
      </Entrance>
    );
  }
  return (
    <Entrance title={unsubscribe.done} lead={unsubscribe.doneLead}>
      <Link href="/account" prefetch={false} className="text-accent justify-self-start underline underline-offset-4">
        {unsubscribe.settings}
      </Link>
    </Entrance>
  );
}
