import Link from 'next/link';
import { ManagePage } from '@/components/studio/table-page';
import { Empty } from '@/components/ui/empty';
import { messages } from '@/messages';

/** The page where there is nothing to read: a mail server has the mail. */
export function SentMail() {
  const { title, sent } = messages.mail;
  return (
    <ManagePage title={title}>
      <Empty title={sent.title}>
        <p>{sent.text}</p>
        <p className="mt-3">
          <Link href="/studio/jobs?task=mail.send" prefetch={false} className="text-accent underline underline-offset-4">
            {sent.jobs}
          </Link>
        </p>
      </Empty>
    </ManagePage>
  );
}
