/** Comment tree: replies below the comment that they reply to. */
import type { ThreadComment } from '@/client';

export type CommentNode = { comment: ThreadComment; replies: CommentNode[] };

/** Return the comments on the post itself, each with its answers below it, in the order they are listed in. */
export function buildCommentTree(comments: ThreadComment[]): CommentNode[] {
  const roots: CommentNode[] = [];
  const nodes = new Map<number, CommentNode>();
  for (const comment of comments) {
    const node = { comment, replies: [] };
    nodes.set(comment.id, node);
    // An answer to what is not listed any more is better shown than lost.
    const siblings = comment.parent_id === null ? roots : (nodes.get(comment.parent_id)?.replies ?? roots);
    siblings.push(node);
  }
  return roots;
}
