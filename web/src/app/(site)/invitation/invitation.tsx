'use client';
import Link from 'next/link';
import { useEffect, useState, useTransition } from 'react';
import type { OpenInvitation } from '@/client';
import { unanswered } from '@/components/form-unanswered';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { useLinkSecret } from '@/lib/link-secret';
import { messages } from '@/messages';
import { AcceptForm } from './accept-form';
import { openInvitation, type Opened } from './actions';

const { page } = messages.invitations;

/** Nothing is gained by asking again for these. */
const FINAL = new Set(['LINK_INVALID', 'LINK_EXPIRED', 'LINK_USED', 'LINK_REVOKED', 'INVALID_INPUT']);

/** The invitation of the link that was opened: its form, or why there is none. */
export function Invitation() {
  const secret = useLinkSecret();
  if (secret === undefined) return <Notice>{page.loading}</Notice>;
  if (secret === '') return <Unusable failure={{ message: page.incomplete, code: 'INVALID_INPUT' }} />;
  return <OfSecret key={secret} secret={secret} />;
}

function OfSecret({ secret }: { secret: string }) {
  const [opened, setOpened] = useState<Opened>({});
  const [pending, start] = useTransition();
  const open = () =>
    start(async () => {
      const form = new FormData();
      form.set('secret', secret);
      setOpened(await openInvitation(form).catch((error: unknown) => ({ failure: unanswered(error, form) })));
    });
  useEffect(open, [secret]);
  if (opened.invitation) return <Opening invitation={opened.invitation} secret={secret} />;
  if (!opened.failure || pending) return <Notice>{page.loading}</Notice>;
  return <Unusable failure={opened.failure} retry={FINAL.has(opened.failure.code ?? '') ? undefined : open} />;
}

function Opening({ invitation, secret }: { invitation: OpenInvitation; secret: string }) {
  return (
    <>
      <p className="text-ink-soft break-words">{page.lead(invitation.invited_by, page.as[invitation.role])}</p>
      <AcceptForm invitation={invitation} secret={secret} />
    </>
  );
}

function Unusable({ failure, retry }: { failure: NonNullable<Opened['failure']>; retry?: () => void }) {
  return (
    <div className="grid justify-items-start gap-5">
      <Notice tone="bad">
        <p className="font-medium">{page.failed}</p>
        <p>{failure.message}</p>
      </Notice>
      {retry && (
        <Button look="secondary" onClick={retry}>
          {page.again}
        </Button>
      )}
      {failure.code === 'LINK_USED' && (
        <Button asChild>
          <Link href="/login?next=/studio">{page.logIn}</Link>
        </Button>
      )}
    </div>
  );
}
