'use client';
import type { JobState } from '@/client';
import { Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Confirm } from '@/components/studio/table-confirm';
import { messages } from '@/messages';
import { cancel, retry, runNow } from './actions';

/** What can be done with a job in its state; nothing with one that has succeeded. */
export function JobChoices({ id, name, state }: { id: string; name: string; state: JobState }) {
  const { jobs } = messages.manage;
  const [, send] = useActionWithStatus(retry, 'all');
  if (state === 'succeeded') return null;
  if (state === 'failed' || state === 'cancelled') {
    return (
      <form action={send}>
        <input type="hidden" name="job_id" value={id} />
        <Submit look="secondary" size="small" aria-label={jobs.retry.labelOf(name)}>
          {jobs.retry.submit}
        </Submit>
      </form>
    );
  }
  return (
    <Confirm
      open={jobs.cancel.open}
      openLabel={jobs.cancel.labelOf(name)}
      look="quiet"
      size="small"
      title={jobs.cancel.ask(name)}
      text={jobs.cancel.text}
      fields={{ job_id: id }}
      action={cancel}
      submit={jobs.cancel.submit}
    />
  );
}

/** Button that runs a periodic task at once. */
export function RunNow({ task, name }: { task: string; name: string }) {
  const { periodic } = messages.manage.jobs;
  const [, send] = useActionWithStatus(runNow, 'all');
  return (
    <form action={send}>
      <input type="hidden" name="task_name" value={task} />
      <Submit look="secondary" size="small" aria-label={periodic.run.labelOf(name)}>
        {periodic.run.submit}
      </Submit>
    </form>
  );
}
