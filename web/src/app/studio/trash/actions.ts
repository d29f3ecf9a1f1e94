'use server';
import { refresh, updateTag } from 'next/cache';
import { purgePost, restorePost } from '@/client';
import { watchPublicChange } from '@/api/public-changes';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { trash } = messages.manage;

/** Restore a post from the trash, with its previous status. */
export async function restore(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('author');
  const { post_id } = formText(form, 'post_id');
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'post', id: post_id, mayAppear: true });
  const result = await restorePost({ client, path: { post_id } });
  const error = formError(result, {}, {
    NOT_IN_TRASH: trash.notInTrash,
    NOT_FOUND: trash.notInTrash,
    NOT_YOUR_POST: trash.notYours,
  });
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  refresh();
  return { done: result.data && trash.restored[result.data.status](result.data.title) };
}

/** Permanently delete a post in the trash, which no reader has seen. */
export async function purge(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('author');
  const { post_id, title } = formText(form, 'post_id', 'title');
  const result = await purgePost({ client: await sessionClient(), path: { post_id } });
  const error = formError(result, {}, { NOT_FOUND: trash.notInTrash, FORBIDDEN: trash.notYours });
  if (error) return error;
  refresh();
  return { done: trash.purge.done(title) };
}
