'use server';
import { refresh, updateTag } from 'next/cache';
import { archivePost, deletePost, unpublishPost } from '@/client';
import { watchPublicChange } from '@/api/public-changes';
import { failureOf, problemOf, type Result } from '@/lib/problems';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const OPERATIONS = { unpublish: unpublishPost, archive: archivePost, trash: deletePost };

/**
 * Unpublish, archive or trash a post, without `If-Match`: the intent holds for any version. (Publishing needs the
 * version that the user sees, so it is only in the editor.) Return the error message, if any.
 */
export async function changePostStatus(action: keyof typeof OPERATIONS, post_id: string): Promise<string | undefined> {
  await requireRole('author');
  const client = await sessionClient();
  const [method, path] = action === 'trash' ? ['DELETE', `/api/posts/${post_id}`] : ['POST', `/api/posts/${post_id}/${action}`];
  const staleTags = await watchPublicChange(method, path, client);
  const result: Result = await OPERATIONS[action]({ client, path: { post_id } });
  if (failureOf(result) === undefined) {
    for (const tag of await staleTags()) updateTag(tag);
    refresh();
    return undefined;
  }
  const { statusActions } = messages.studio;
  return statusActions.codes[problemOf(result)?.code ?? ''] ?? (failureOf(result) === 'network' ? statusActions.unreachable : statusActions.failed);
}
