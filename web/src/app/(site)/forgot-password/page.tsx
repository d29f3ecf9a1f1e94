import Link from 'next/link';
import { Entrance } from '@/components/form-entrance';
import { messages } from '@/messages';
import { currentUser } from '@/session/current';
import { ForgotPasswordForm } from './form';

const { forgotPassword } = messages.account;

export const metadata = { title: forgotPassword.title, robots: { index: false } };

/** The page on which somebody asks for a link to choose a new password. */
export default async function ForgotPasswordPage() {
  const user = await currentUser();
  return (
    <Entrance title={forgotPassword.title} lead={forgotPassword.lead}>
      <ForgotPasswordForm email={user?.email ?? undefined} />
      <p className="text-ink-soft text-sm">
        <Link href="/login" className="text-accent underline underline-offset-4">
          {forgotPassword.back}
        </Link>
      </p>
    </Entrance>
  );
}
