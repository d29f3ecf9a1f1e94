/** What a reader may do with a comment. It decides what is offered; the API decides what is allowed. */
import type { ThreadComment, User } from '@/client';

/** What the comments need to know of their post. */
export type PostRef = { id: string; slug: string; authorId: number | null; isOpen: boolean };

/** Maximum depth of a reply: the document's maximum of `depth`. */
export const MAX_DEPTH = 6;

const EDITABLE_FOR_MS = 15 * 60 * 1000;

export function canEdit(me: Pick<User, 'id'>, { author, created_at }: ThreadComment, now: number): boolean {
  return author?.id === me.id && now - Date.parse(created_at) < EDITABLE_FOR_MS;
}

export function canDelete(me: Pick<User, 'id' | 'role'>, { author }: ThreadComment, postAuthorId: number | null): boolean {
  return me.id === author?.id || me.id === postAuthorId || me.role === 'editor' || me.role === 'admin';
}
