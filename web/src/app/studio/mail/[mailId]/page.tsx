import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getMail, type MailHeader } from '@/client';
import { unwrap } from '@/api/unwrap';
import { ManagePage } from '@/components/studio/table-page';
import { CodeBlock } from '@/components/ui/code-block';
import { problemOf } from '@/lib/problems';
import { isUuid } from '@/lib/uuid';
import { messages, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { SentMail } from '../sent-mail';
import { HtmlFrame } from './html-frame';

const { mail: words } = messages;

export const metadata: Metadata = { title: words.title };

export default async function MailPage({ params }: { params: Promise<{ mailId: string }> }) {
  await requireRole('admin');
  const mail_id = (await params).mailId;
  if (!isUuid(mail_id)) notFound();
  const result = await getMail({ client: await sessionClient(), path: { mail_id } });
  if (problemOf(result)?.code === 'MAIL_NOT_STORED') return <SentMail />;
  const { subject, to, written_at, html, text, headers } = unwrap('getMail', result);
  return (
    <ManagePage
      title={subject || words.noSubject}
      back={{ href: '/studio/mail', name: words.title }}
      lead={
        <span className="flex flex-wrap gap-x-4 wrap-anywhere">
          <span>{words.to(to)}</span>
          <time dateTime={written_at}>{words.written(shortTime(written_at))}</time>
        </span>
      }
    >
      <section className="grid gap-3" aria-labelledby="html">
        <header className="grid gap-1">
          <h2 id="html" className="font-serif text-xl font-semibold">{words.html.title}</h2>
          <p className="text-ink-soft text-sm">{html === null ? words.html.none : words.html.lead}</p>
        </header>
        {html !== null && <HtmlFrame title={words.frame(subject)} html={html} />}
      </section>
      {text !== null && <CodeBlock label={words.text} text={text} copyLabel={words.copyText} wraps />}
      <CodeBlock label={words.headers} text={headers.map(headerLine).join('\n')} wraps />
    </ManagePage>
  );
}

const headerLine = ({ name, value }: MailHeader) => `${name}: ${value}`;
