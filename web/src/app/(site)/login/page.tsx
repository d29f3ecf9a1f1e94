import Link from 'next/link';
import { redirect } from 'next/navigation';
import { Entrance } from '@/components/form-entrance';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { currentUser } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';
import { LogInForm } from './form';

const { logIn } = messages.account;

export const metadata = { title: logIn.title, robots: { index: false } };

export default async function LogInPage({ searchParams }: PageProps<'/login'>) {
  const { next: asked, after } = await searchParams;
  const next = safeRedirectPath(asked);
  if (await currentUser()) redirect(next);
  return (
    <Entrance title={logIn.title} lead={next === '/' ? logIn.lead : logIn.next}>
      {after === 'password-reset' && <Notice tone="good">{logIn.afterReset}</Notice>}
      <LogInForm next={next} />
      <p className="text-ink-soft text-sm">
        {logIn.instead}{' '}
        <Link href={`/sign-up?next=${encodeURIComponent(next)}`} className="text-accent underline underline-offset-4">
          {logIn.insteadLink}
        </Link>
      </p>
    </Entrance>
  );
}
