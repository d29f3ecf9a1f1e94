'use server';
import { updateTag } from 'next/cache';
import { archivePost, deletePost, unpublishPost } from '@/client';
import { staleCacheTags } from '@/api/cache-tags';
import { failureOf, problemOf, type Result } from '@/lib/problems';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const OPERATIONS = { unpublish: unpublishPost, archive: archivePost, trash: deletePost };

/**
 * Take a post away from readers, whatever its version: whoever wants that, wants it of any. (Publishing is in the editor
 * alone, of the version that its author sees.) Return what went wrong, in words.
 */
export async function changePostStatus(action: keyof typeof OPERATIONS, post_id: string): Promise<string | undefined> {
  await requireRole('author');
  const result: Result = await OPERATIONS[action]({ client: await sessionClient(), path: { post_id } });
  if (failureOf(result) === undefined) {
    staleCacheTags('POST', `/api/posts/${post_id}`).forEach((tag) => updateTag(tag));
    return undefined;
  }
  const { statusActions } = messages.studio;
  return statusActions.codes[problemOf(result)?.code ?? ''] ?? (failureOf(result) === 'network' ? statusActions.unreachable : statusActions.failed);
}
