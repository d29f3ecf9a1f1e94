import Link from 'next/link';
import { getSecondFactor } from '@/client';
import { unwrap } from '@/api/unwrap';
import { WithStepUp } from '@/app/with-step-up';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';
import { TwoFactor } from './two-factor';

const { secondFactor: words } = messages.account;

export const metadata = { title: words.title, robots: { index: false } };

/** The page on which one turns two-factor authentication on or off. */
export default async function TwoFactorPage() {
  await requireUser();
  const status = unwrap('getSecondFactor', await getSecondFactor({ client: await sessionClient() }));
  return (
    <main id="main" className="mx-auto grid w-full max-w-xl gap-8 px-5 py-12 sm:py-16">
      <header className="grid gap-2">
        <Link href="/account" className="text-accent w-fit text-sm underline underline-offset-4">
          {words.back}
        </Link>
        <h1 className="font-serif text-4xl font-semibold tracking-tight">{words.title}</h1>
        <p className="text-ink-soft">{words.lead}</p>
      </header>
      {status.is_required && !status.is_enabled && <Notice tone="warn">{words.required}</Notice>}
      <WithStepUp>
        <TwoFactor status={status} />
      </WithStepUp>
    </main>
  );
}
