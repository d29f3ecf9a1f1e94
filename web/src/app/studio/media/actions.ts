'use server';
import { refresh } from 'next/cache';
import { redirect } from 'next/navigation';
import { deleteMedia, deleteUnusedMedia, updateMedia } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages, plural } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { media: words, manage } = messages;
/** The API's limit. */
const IDS_AT_ONCE = 100;

/** Save description and focal point of a file, with `If-Match`. */
export async function saveMedia(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('author');
  const { media_id, version, ...values } = formText(form, 'media_id', 'version', 'alt_text', 'caption', 'credit', 'focal_x', 'focal_y');
  const { focal_x, focal_y, ...texts } = values;
  const result = await updateMedia({
    client: await sessionClient(),
    path: { media_id },
    body: { ...texts, ...(focal_x !== '' && { focal_point: { x: Number(focal_x), y: Number(focal_y) } }) },
    headers: { 'If-Match': version },
  });
  const error = formError(result, values, { PRECONDITION_FAILED: words.one.details.changed, NOT_FOUND: manage.alreadyDeleted });
  if (error) return error;
  // The form goes on from the new version.
  refresh();
  return { done: words.one.details.saved };
}

/** Delete a file that nothing uses. */
export async function removeMedia(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('author');
  const { media_id } = formText(form, 'media_id');
  const result = await deleteMedia({ client: await sessionClient(), path: { media_id } });
  const error = formError(result, {}, { MEDIA_IN_USE: words.one.remove.inUse, NOT_FOUND: manage.alreadyDeleted });
  if (error?.code === 'MEDIA_IN_USE') refresh();
  return error ?? redirect('/studio/media?done=deleted');
}

/** Delete those of several files that nothing uses. */
export async function removeUnused(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('author');
  const { remove } = words.selection;
  const ids = formText(form, 'ids').ids.split(' ');
  const client = await sessionClient();
  let deleted = 0;
  const kept = { in_use: 0, not_yours: 0, not_found: 0 };
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const result = await deleteUnusedMedia({ client, body: { ids: ids.slice(at, at + IDS_AT_ONCE) } });
    const error = formError(result, {}, {});
    if (error) return error;
    deleted += result.data?.deleted.length ?? 0;
    for (const { reason } of result.data?.not_deleted ?? []) kept[reason] += 1;
  }
  const files = (number: number) => plural(number, words.upload.files);
  const said = [
    deleted > 0 ? remove.done(files(deleted)) : remove.none,
    kept.in_use > 0 && remove.inUse(files(kept.in_use)),
    kept.not_yours > 0 && remove.notYours(files(kept.not_yours)),
  ];
  const text = said.filter(Boolean).join(' ');
  return deleted > 0 ? { done: text } : { message: text };
}
