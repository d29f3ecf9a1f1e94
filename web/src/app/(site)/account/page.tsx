import { cache } from 'react';
import Link from 'next/link';
import { type AccountExport, getAccountExport, getJob, getSecondFactor, type Job, listSessions, type SecondFactor, type Session } from '@/client';
import { unwrap } from '@/api/unwrap';
import { WithStepUp } from '@/app/with-step-up';
import { Button } from '@/components/ui/button';
import { messages, plural } from '@/messages';
import { currentUserEtag, requireUser, sessionClient } from '@/session/current';
import { logOut } from '@/session/log-out';
import { AvatarForm } from './avatar-form';
import { Deletion } from './deletion';
import { MailsForm, PasswordForm, SessionsForm } from './form';
import { OwnData } from './own-data';
import { PendingEmail } from './pending-email';
import { ProfileForm } from './profile-form';
import { Sessions } from './sessions';

const { account } = messages;

export const metadata = { title: account.title, robots: { index: false } };

export default async function AccountPage() {
  const user = await requireUser();
  return (
    <main id="main" className="mx-auto w-full max-w-3xl px-5 py-12 sm:py-16">
      <h1 className="font-serif text-4xl font-semibold tracking-tight">{account.title}</h1>
      <p className="text-ink-soft mt-2 mb-6">{account.lead(messages.manage.users.roles[user.role])}</p>
      <Section title={account.profile.title}>
        <WithStepUp>
          <div className="grid gap-5">
            <PendingEmail email={user.pending_email} readsMail={user.role === 'admin'} />
            <ProfileForm user={user} version={await currentUserEtag()} />
          </div>
        </WithStepUp>
      </Section>
      <Section title={messages.media.avatar.title} lead={messages.media.avatar.lead}>
        <AvatarForm user={user} />
      </Section>
      <Section title={account.mails.title} lead={account.mails.lead(user.email)}>
        <MailsForm user={user} />
      </Section>
      <Section title={account.changePassword.title} lead={account.changePassword.lead}>
        <PasswordForm username={user.email ?? user.username} />
      </Section>
      <Section title={account.secondFactor.title} lead={account.secondFactor.lead}>
        <div className="grid justify-items-start gap-3">
          <p className="font-medium">{(await secondFactor()).is_enabled ? account.secondFactor.on : account.secondFactor.off}</p>
          <Button asChild look="secondary">
            <Link href="/account/two-factor">{account.secondFactor.manage}</Link>
          </Button>
        </div>
      </Section>
      <Section title={account.passkeys.title} lead={account.passkeys.lead}>
        <div className="grid justify-items-start gap-3">
          <p className="font-medium">{plural((await secondFactor()).passkeys, account.passkeys.count)}</p>
          <Button asChild look="secondary">
            <Link href="/account/passkeys">{account.passkeys.manage}</Link>
          </Button>
        </div>
      </Section>
      <Section title={account.logOut.title} lead={account.logOut.lead}>
        <form action={logOut}>
          <Button look="secondary">{account.logOut.submit}</Button>
        </form>
      </Section>
      <Section title={account.sessions.title} lead={account.sessions.lead}>
        <div className="grid gap-8">
          <Sessions sessions={await openSessions()} />
          <div className="grid gap-4">
            <p className="text-ink-soft text-sm">{account.logOutEverywhere.lead}</p>
            <SessionsForm />
          </div>
        </div>
      </Section>
      <Section title={messages.apiKeys.title} lead={messages.apiKeys.account.lead}>
        <Button asChild look="secondary" className="justify-self-start">
          <Link href="/studio/api-keys">{messages.apiKeys.account.open}</Link>
        </Button>
      </Section>
      <Section title={account.ownData.title} lead={account.ownData.lead}>
        <WithStepUp>
          <OwnData {...await ownData()} />
        </WithStepUp>
      </Section>
      <Section title={account.deletion.title} lead={account.deletion.lead}>
        <WithStepUp>
          <Deletion user={user} />
        </WithStepUp>
      </Section>
    </main>
  );
}

const secondFactor = cache(
  async (): Promise<SecondFactor> => unwrap('getSecondFactor', await getSecondFactor({ client: await sessionClient() })),
);

async function openSessions(): Promise<Session[]> {
  return unwrap('listSessions', await listSessions({ client: await sessionClient() }));
}

/** Return the archive with the user's data, and its job while that is not finished. */
async function ownData(): Promise<{ found?: AccountExport; job?: Job }> {
  const client = await sessionClient();
  const result = await getAccountExport({ client });
  if (result.response?.status === 404) return {};
  const found = unwrap('getAccountExport', result);
  if (found.state !== 'waiting' && found.state !== 'running') return { found };
  return { found, job: (await getJob({ client, path: { job_id: found.job_id } })).data };
}

/** Section of the account page: title and description, then the form. */
function Section({ title, lead, children }: { title: string; lead?: string; children: React.ReactNode }) {
  return (
    <section className="border-line grid gap-x-10 gap-y-5 border-t py-8 md:grid-cols-[14rem_1fr]">
      <header className="grid content-start gap-1">
        <h2 className="font-serif text-xl font-semibold">{title}</h2>
        {lead && <p className="text-ink-soft text-sm">{lead}</p>}
      </header>
      {children}
    </section>
  );
}
