'use server';
import { refresh } from 'next/cache';
import { cancelJob, retryJob, runPeriodicTask } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { jobs, alreadyDeleted } = messages.manage;

/** Cancel a waiting or running job. */
export async function cancel(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { job_id } = formText(form, 'job_id');
  const result = await cancelJob({ client: await sessionClient(), path: { job_id } });
  const error = formError(result, {}, { JOB_FINISHED: jobs.cancel.finished, NOT_FOUND: alreadyDeleted });
  if (!error) refresh();
  return error ?? { done: jobs.cancel.done };
}

/** Run a failed or cancelled job again. */
export async function retry(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { job_id } = formText(form, 'job_id');
  const result = await retryJob({ client: await sessionClient(), path: { job_id } });
  const error = formError(result, {}, {
    JOB_NOT_FAILED: jobs.retry.notFailed,
    JOB_ALREADY_QUEUED: jobs.retry.queued,
    NOT_FOUND: alreadyDeleted,
  });
  if (!error) refresh();
  return error ?? { done: jobs.retry.done };
}

/** Run a periodic task at once. */
export async function runNow(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { task_name } = formText(form, 'task_name');
  const result = await runPeriodicTask({ client: await sessionClient(form), path: { task_name } });
  const error = formError(result, {}, { NOT_FOUND: jobs.periodic.run.unknown });
  if (!error) refresh();
  return error ?? { done: jobs.periodic.run.done };
}
