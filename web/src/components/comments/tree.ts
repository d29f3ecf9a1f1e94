/** Which comment answers which? */
import type { ThreadComment } from '@/client';

export type Branch = { comment: ThreadComment; answers: Branch[] };

/** Return the comments on the post itself, each with its answers below it, in the order they are listed in. */
export function branches(comments: ThreadComment[]): Branch[] {
  const roots: Branch[] = [];
  const known = new Map<number, Branch>();
  for (const comment of comments) {
    const branch = { comment, answers: [] };
    known.set(comment.id, branch);
    // An answer to what is not listed any more is better shown than lost.
    const siblings = comment.parent_id === null ? roots : (known.get(comment.parent_id)?.answers ?? roots);
    siblings.push(branch);
  }
  return roots;
}
