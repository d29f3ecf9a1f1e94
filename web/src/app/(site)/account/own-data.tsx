'use client';
import { useActionState } from 'react';
import type { AccountExport, Job } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { LiveJob } from '@/components/studio/live-job';
import { Button } from '@/components/ui/button';
import { fileSize, longDate, messages, shortTime } from '@/messages';
import { exportOwnData, removeOwnData } from './actions';

const { ownData: words } = messages.account;

/** The archive with the user's data: the button that asks for it, how far it is, and the file. */
export function OwnData({ found, job }: { found?: AccountExport; job?: Job }) {
  const [asked, ask] = useActionState(exportOwnData, {});
  const [removed, remove] = useActionState(removeOwnData, {});
  return (
    <div className="grid justify-items-start gap-4">
      <FormNotice state={removed} />
      {found && <State found={found} job={job} />}
      <div className="flex flex-wrap gap-2">
        {!job && (
          <form action={ask}>
            <FormNotice state={asked} />
            <StepUp state={asked} />
            <Submit look="secondary">{found ? words.again : words.submit}</Submit>
          </form>
        )}
        {found && (
          <form action={remove}>
            <Submit look="quiet">{job ? words.cancel : words.remove}</Submit>
          </form>
        )}
      </div>
    </div>
  );
}

function State({ found, job }: { found: AccountExport; job?: Job }) {
  if (job) {
    return (
      <div className="grid justify-items-start gap-2">
        <p>{words.underWay}</p>
        <LiveJob job={job} follow="poll" />
      </div>
    );
  }
  if (found.state !== 'succeeded') return <p className="text-bad break-words">{found.error ?? words.failed}</p>;
  return (
    <div className="grid justify-items-start gap-2">
      <p>{words.ready(shortTime(found.created_at), longDate(found.expires_at))}</p>
      <Button asChild>
        <a href="/api/auth/me/export/archive" download>
          {words.download(fileSize(found.size_bytes ?? 0))}
        </a>
      </Button>
    </div>
  );
}
