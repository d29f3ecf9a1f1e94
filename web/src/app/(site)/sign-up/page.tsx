import Link from 'next/link';
import { redirect } from 'next/navigation';
import { Entrance } from '@/components/form-entrance';
import { messages } from '@/messages';
import { currentUser } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';
import { SignUpForm } from './form';

const { signUp } = messages.account;

export const metadata = { title: signUp.title, robots: { index: false } };

export default async function SignUpPage({ searchParams }: PageProps<'/sign-up'>) {
  const next = safeRedirectPath((await searchParams).next);
  if (await currentUser()) redirect(next);
  return (
    <Entrance title={signUp.title} lead={signUp.lead}>
      <SignUpForm next={next} />
      <p className="text-ink-soft text-sm">
        {signUp.instead}{' '}
        <Link href={`/login?next=${encodeURIComponent(next)}`} className="text-accent underline underline-offset-4">
          {signUp.insteadLink}
        </Link>
      </p>
    </Entrance>
  );
}
