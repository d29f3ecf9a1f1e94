/** Comment tree: replies below the comment that they reply to. */
import type { ThreadComment } from '@/client';

export type CommentNode = { comment: ThreadComment; replies: CommentNode[] };

/** Return the top-level comments, each with its replies, in the order of the list. */
export function buildCommentTree(comments: ThreadComment[]): CommentNode[] {
  const roots: CommentNode[] = [];
  const nodes = new Map<number, CommentNode>();
  for (const comment of comments) {
    const node = { comment, replies: [] };
    nodes.set(comment.id, node);
    // A reply whose parent is not in the list is shown at the top level instead of not at all.
    const siblings = comment.parent_id === null ? roots : (nodes.get(comment.parent_id)?.replies ?? roots);
    siblings.push(node);
  }
  return roots;
}
