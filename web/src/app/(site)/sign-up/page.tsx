import Link from 'next/link';
import { redirect } from 'next/navigation';
import { getSignUpMode } from '@/client';
import { Entrance } from '@/components/form-entrance';
import { messages } from '@/messages';
import { anonymousClient, currentUser } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';
import { SignUpForm, VerifiedSignUpForm } from './form';

const { signUp } = messages.account;

export const metadata = { title: signUp.title, robots: { index: false } };

export default async function SignUpPage({ searchParams }: PageProps<'/sign-up'>) {
  const next = safeRedirectPath((await searchParams).next);
  if (await currentUser()) redirect(next);
  const isVerified = await addressesAreProved();
  return (
    <Entrance title={signUp.title} lead={isVerified ? signUp.verifiedLead : signUp.lead}>
      {isVerified ? <VerifiedSignUpForm /> : <SignUpForm next={next} />}
      <p className="text-ink-soft text-sm">
        {signUp.instead}{' '}
        <Link href={`/login?next=${encodeURIComponent(next)}`} className="text-accent underline underline-offset-4">
          {signUp.insteadLink}
        </Link>
      </p>
    </Entrance>
  );
}

/** Return whether accounts are created with a link that is mailed. Without an answer the form asks for everything. */
async function addressesAreProved(): Promise<boolean> {
  return (await getSignUpMode({ client: await anonymousClient() })).data?.mode === 'verified';
}
