'use server';
import { refresh } from 'next/cache';
import { redirect } from 'next/navigation';
import { cancelJob, createExport, deleteExport, deleteImport, resumeImport } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { imports, manage } = messages;

/** Cancel a waiting or running import. */
export async function cancelImport(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { job_id } = formText(form, 'job_id');
  const result = await cancelJob({ client: await sessionClient(), path: { job_id } });
  const { cancel } = imports.one;
  const error = formError(result, {}, { JOB_FINISHED: cancel.finished, NOT_FOUND: cancel.finished });
  if (!error) refresh();
  return error ?? { done: cancel.done };
}

/** Continue an import that failed or was cancelled, or import what was only checked. */
export async function resume(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { import_id } = formText(form, 'import_id');
  const result = await resumeImport({ client: await sessionClient(form), path: { import_id } });
  const words = imports.one.resume;
  const error = formError(result, {}, { ARCHIVE_GONE: words.gone, IMPORT_NOT_STOPPED: words.running, NOT_FOUND: manage.alreadyDeleted });
  if (!error) refresh();
  return error ?? { done: words.done };
}

/** Delete an import: its report and its file. */
export async function removeImport(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { import_id } = formText(form, 'import_id');
  const result = await deleteImport({ client: await sessionClient(), path: { import_id } });
  const error = formError(result, {}, { NOT_FOUND: manage.alreadyDeleted });
  return error ?? redirect('/studio/imports');
}

/** Start an export of everything. */
export async function startExport(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const error = formError(await createExport({ client: await sessionClient(form) }), {}, {});
  if (!error) refresh();
  return error ?? { done: imports.exports.done };
}

/** Delete an export and its file; one that is under way is cancelled. */
export async function removeExport(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { export_id } = formText(form, 'export_id');
  const result = await deleteExport({ client: await sessionClient(), path: { export_id } });
  const error = formError(result, {}, { NOT_FOUND: manage.alreadyDeleted });
  if (!error) refresh();
  return error ?? { done: imports.exports.remove.done };
}
