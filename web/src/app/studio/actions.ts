'use server';
import { refresh, updateTag } from 'next/cache';
import { archivePost, deletePost, publishPost, schedulePost, unpublishPost, unschedulePost, type InputError } from '@/client';
import { watchPublicChange } from '@/api/public-changes';
import { problemOfTime, type Refusal, type When } from '@/components/schedule-choice';
import { failureOf, problemOf, type Result } from '@/lib/problems';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const OPERATIONS = { unpublish: unpublishPost, archive: archivePost, unschedule: unschedulePost, trash: deletePost };

/**
 * Unpublish, archive, unschedule or trash a post, without `If-Match`: the intent holds for any version. (Publishing a
 * draft needs the version that the user sees, so it is only in the editor.) Return the error message, if any.
 */
export async function changePostStatus(action: keyof typeof OPERATIONS, post_id: string): Promise<string | undefined> {
  await requireRole('author');
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'post', id: post_id });
  const result: Result = await OPERATIONS[action]({ client, path: { post_id } });
  if (failureOf(result) === undefined) {
    for (const tag of await staleTags()) updateTag(tag);
    refresh();
    return undefined;
  }
  return messageOf(result);
}

/**
 * Publish a scheduled post now or under a date in the past, or at another time: whatever its text is by then, as its
 * author has asked for. Return what is wrong with the time, or else.
 */
export async function changeSchedule(post_id: string, when: When, instant?: string): Promise<Refusal> {
  await requireRole('author');
  const client = await sessionClient();
  const path = { post_id };
  const staleTags = await watchPublicChange({ kind: 'post', id: post_id, mayAppear: when !== 'later' });
  const result: Result =
    when === 'later'
      ? await schedulePost({ client, path, body: { publish_at: instant ?? '' } })
      : await publishPost({ client, path, body: instant ? { published_at: instant } : undefined });
  if (failureOf(result) === undefined) {
    for (const tag of await staleTags()) updateTag(tag);
    refresh();
    return undefined;
  }
  const problem: { code: string; errors?: InputError[] } | undefined = problemOf(result);
  const time = problem && problemOfTime(problem);
  return time ? { time } : { message: messageOf(result) };
}

function messageOf(result: Result): string {
  const { statusActions } = messages.studio;
  return statusActions.codes[problemOf(result)?.code ?? ''] ?? (failureOf(result) === 'network' ? statusActions.unreachable : statusActions.failed);
}
