'use server';
import { updateTag } from 'next/cache';
import { deleteComment } from '@/client';
import { watchPublicChange } from '@/api/public-changes';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';

const { comments, alreadyDeleted } = messages.manage;

/** Delete a comment on the user's own post; editors on any post. */
export async function removeComment(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const { post_id, comment_id } = formText(form, 'post_id', 'comment_id');
  const path = { post_id, comment_id: Number(comment_id) };
  const staleTags = await watchPublicChange({ kind: 'comments', postId: post_id });
  const result = await deleteComment({ client: await sessionClient(), path });
  const error = formError(result, {}, { NOT_YOUR_COMMENT: comments.remove.notYours, NOT_FOUND: alreadyDeleted });
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  return { done: comments.remove.done };
}
