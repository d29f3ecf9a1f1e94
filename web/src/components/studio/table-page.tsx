import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import type { FormState } from '@/components/form-state';
import { messages } from '@/messages';
import { StatusMessage } from './status-message';

type PageProps = {
  title: React.ReactNode;
  lead?: React.ReactNode;
  /** Link back to the list. */
  back?: { href: string; name: string };
  /** Message of the action that redirected here. */
  done?: string;
  children: React.ReactNode;
};

/** Layout of a list or detail page of the studio. */
export function ManagePage({ title, lead, back, done, children }: PageProps) {
  return (
    <main id="main" className="mx-auto grid w-full max-w-5xl content-start gap-6 px-5 py-8 md:px-10 md:py-12">
      <header className="grid gap-1.5">
        {back && (
          <Link href={back.href} className="text-ink-faint hover:text-ink mb-1 flex items-center gap-1.5 justify-self-start text-sm">
            <ArrowLeft aria-hidden className="size-3.5 shrink-0 rtl:-scale-x-100" />
            <span className="wrap-anywhere">{back.name}</span>
          </Link>
        )}
        <h1 className="font-serif text-3xl font-semibold break-words">{title}</h1>
        {lead && <p className="text-ink-soft max-w-prose">{lead}</p>}
      </header>
      <StatusMessage first={firstOf(done)}>{children}</StatusMessage>
    </main>
  );
}

const firstOf = (done?: string): FormState => (done ? { done } : {});

/** Section of a detail page: title and description, then the form. */
export function SettingsSection({ title, lead, children }: { title: string; lead?: React.ReactNode; children: React.ReactNode }) {
  return (
    <section className="border-line grid gap-x-10 gap-y-5 border-t pt-7 pb-2 lg:grid-cols-[15rem_minmax(0,1fr)]">
      <header className="grid content-start gap-1">
        <h2 className="font-serif text-xl font-semibold">{title}</h2>
        {lead && <p className="text-ink-soft text-sm">{lead}</p>}
      </header>
      <div className="grid content-start justify-items-start gap-4">{children}</div>
    </section>
  );
}

/** Skeleton of a list. */
export function ManageLoading({ title }: { title: string }) {
  return (
    <main id="main" aria-busy className="mx-auto grid w-full max-w-5xl content-start gap-6 px-5 py-8 md:px-10 md:py-12">
      <h1 className="font-serif text-3xl font-semibold">{title}</h1>
      <p role="status" className="sr-only">
        {messages.manage.loading}
      </p>
      <div aria-hidden className="divide-line border-line grid animate-pulse divide-y border-y">
        {Array.from({ length: 6 }, (_, row) => (
          <div key={row} className="flex items-center justify-between gap-6 py-4">
            <div className="bg-sunken h-5 w-1/2 rounded" />
            <div className="bg-sunken h-4 w-20 rounded" />
          </div>
        ))}
      </div>
    </main>
  );
}
