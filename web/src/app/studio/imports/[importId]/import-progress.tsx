'use client';
import type { Import, Job } from '@/client';
import { Submit } from '@/components/form';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { JobBadge, JobProgress, useLiveJob } from '@/components/studio/live-job';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Confirm } from '@/components/studio/table-confirm';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { cancelImport, removeImport, resume } from '../actions';
import { countsOf } from '../counts';

const { one: words } = messages.imports;
/** While an import runs, its report grows. */
const REPORT_REFRESH_MS = 3_000;

/** How far an import has come, and what can be done with it. `job` is undefined when it is no longer kept. */
export function ImportProgress({ import: one, job }: { import: Import; job?: Job }) {
  return job ? <LiveImport import={one} job={job} /> : <Ended import={one} state={one.state} error={null} />;
}

function LiveImport({ import: one, job: first }: { import: Import; job: Job }) {
  const job = useLiveJob(first, first.finished_at ? 'no' : 'stream');
  if (job.finished_at) return <Ended import={one} state={job.state} error={job.error} />;
  return (
    <div className="border-line rounded-card grid gap-4 border p-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        {/* A job waits for a moment between two batches. */}
        <JobBadge state={job.progress ? 'running' : job.state} />
        <Confirm
          open={words.cancel.open}
          look="secondary"
          size="small"
          title={words.cancel.ask}
          text={words.cancel.text}
          fields={{ job_id: job.id }}
          action={cancelImport}
          submit={words.cancel.submit}
        />
      </div>
      {job.progress ? <JobProgress {...job.progress} className="w-full" /> : <p className="text-ink-soft text-sm">{job.state === 'running' ? words.reading : words.waiting}</p>}
      <KeepFresh everyMs={REPORT_REFRESH_MS} />
    </div>
  );
}

/** How it ended; with a button that goes on where that is possible. */
function Ended({ import: one, state, error }: { import: Import; state: Job['state']; error: string | null }) {
  if (state === 'succeeded') {
    return (
      <Notice tone={one.counts.failed > 0 ? 'warn' : 'good'} className="grid gap-3">
        <p>{one.dry_run ? words.done.dry(countsOf(one)) : words.done.real(countsOf(one))}</p>
        {one.dry_run && <Resume import={one} label={words.resume.real} />}
      </Notice>
    );
  }
  return (
    <Notice tone={state === 'failed' ? 'bad' : 'warn'} className="grid justify-items-start gap-3">
      <p>{state === 'failed' ? words.failed : words.cancelled}</p>
      {error && <p className="break-words">{error}</p>}
      {!one.dry_run && <p>{words.kept}</p>}
      <Resume import={one} label={words.resume.submit} />
    </Notice>
  );
}

/** Button that goes on behind the last batch, or after a check imports what was checked, while the file is kept. */
function Resume({ import: { id, has_archive }, label }: { import: Import; label: string }) {
  const [, send] = useActionWithStatus(resume, 'all');
  if (!has_archive) return <p>{words.resume.gone}</p>;
  return (
    <form action={send}>
      <input type="hidden" name="import_id" value={id} />
      <Submit look="secondary" size="small">
        {label}
      </Submit>
    </form>
  );
}

/** Button that deletes an import with its report. */
export function RemoveImport({ id }: { id: string }) {
  const { remove } = words;
  return (
    <div className="border-line border-t pt-6">
      <Confirm
        open={remove.open}
        size="small"
        title={remove.ask}
        text={remove.text}
        fields={{ import_id: id }}
        action={removeImport}
        submit={remove.submit}
      />
    </div>
  );
}
