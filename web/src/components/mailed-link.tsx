'use client';
import Link from 'next/link';
import { useEffect, useState, useTransition } from 'react';
import type { FormState } from '@/components/form-state';
import { unanswered } from '@/components/form-unanswered';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { useLinkSecret } from '@/lib/link-secret';
import { messages } from '@/messages';

const words = messages.account.mailedLink;

/** With any of these another link is needed. */
const FINAL = new Set(['LINK_INVALID', 'LINK_EXPIRED', 'LINK_USED', 'LINK_REVOKED', 'INVALID_INPUT']);

/** What a link is for, or why it cannot be opened. */
export type Opened<T> = { found?: T; failure?: FormState };

type MailedLinkProps<T> = {
  /** Server Action that looks up the link, whose secret is in the form. */
  open: (form: FormData) => Promise<Opened<T>>;
  /** Where another link can be had. */
  another: { href: string; label: string };
  /** What is shown for a link that can be used. */
  children: (found: T, secret: string) => React.ReactNode;
};

/** Opens the link of a mail, without using it. */
export function MailedLink<T>(props: MailedLinkProps<T>) {
  const secret = useLinkSecret();
  if (secret === undefined) return <Notice>{words.loading}</Notice>;
  if (secret === '') return <Unusable failure={{ message: words.incomplete, code: 'INVALID_INPUT' }} another={props.another} />;
  return <OfSecret key={secret} secret={secret} {...props} />;
}

function OfSecret<T>({ secret, open: lookUp, another, children }: MailedLinkProps<T> & { secret: string }) {
  const [opened, setOpened] = useState<Opened<T>>({});
  const [pending, start] = useTransition();
  const open = () =>
    start(async () => {
      const form = new FormData();
      form.set('secret', secret);
      setOpened(await lookUp(form).catch((error: unknown) => ({ failure: unanswered(error, form) })));
    });
  // The action is the same one in each rendering.
  useEffect(open, [secret, lookUp]);
  if (opened.found) return children(opened.found, secret);
  if (!opened.failure || pending) return <Notice>{words.loading}</Notice>;
  return <Unusable failure={opened.failure} retry={open} another={another} />;
}

type UnusableProps = { failure: FormState; retry?: () => void; another: MailedLinkProps<unknown>['another'] };

function Unusable({ failure, retry, another }: UnusableProps) {
  return (
    <div className="grid justify-items-start gap-5">
      <Notice tone="bad">
        <p className="font-medium">{words.failed}</p>
        <p>{failure.message}</p>
      </Notice>
      {FINAL.has(failure.code ?? '') || !retry ? (
        <Button asChild>
          <Link href={another.href}>{another.label}</Link>
        </Button>
      ) : (
        <Button look="secondary" onClick={retry}>
          {messages.invitations.page.again}
        </Button>
      )}
    </div>
  );
}
