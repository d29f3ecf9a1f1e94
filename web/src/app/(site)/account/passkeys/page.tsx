import Link from 'next/link';
import { getSecondFactor, listPasskeys } from '@/client';
import { unwrap } from '@/api/unwrap';
import { WithStepUp } from '@/app/with-step-up';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';
import { Passkeys } from './passkeys';

const { passkeys: words, secondFactor } = messages.account;

export const metadata = { title: words.title, robots: { index: false } };

/** The page with the passkeys of the account. */
export default async function PasskeysPage() {
  await requireUser();
  const client = await sessionClient();
  const passkeys = unwrap('listPasskeys', await listPasskeys({ client }));
  const status = unwrap('getSecondFactor', await getSecondFactor({ client }));
  return (
    <main id="main" className="mx-auto grid w-full max-w-xl gap-8 px-5 py-12 sm:py-16">
      <header className="grid gap-2">
        <Link href="/account" className="text-accent w-fit text-sm underline underline-offset-4">
          {secondFactor.back}
        </Link>
        <h1 className="font-serif text-4xl font-semibold tracking-tight">{words.title}</h1>
        <p className="text-ink-soft">{words.lead}</p>
      </header>
      <WithStepUp>
        <Passkeys passkeys={passkeys} status={status} />
      </WithStepUp>
    </main>
  );
}
