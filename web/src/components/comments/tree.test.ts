import { describe, expect, it } from 'vitest';
import { zThreadComment } from '@/client/zod.gen';
import type { ThreadComment } from '@/client';
import { canDelete, canEdit, MAX_DEPTH } from './permissions';
import { buildCommentTree } from './tree';

const WREN = { id: 1, username: 'wren', display_name: 'Wren', avatar: null };
const comment = (id: number, parent_id: number | null = null): ThreadComment => ({
  id,
  parent_id,
  post_id: '019aa44d-c27d-7e3e-bc8b-db37c2131658',
  depth: 0,
  deleted: false,
  author: WREN,
  body: 'Well said.',
  body_html: '<p>Well said.</p>',
  created_at: '2026-11-21T09:30:00Z',
  edited_at: null,
  cursor: 'A'.repeat(32),
});

describe('a thread', () => {
  it('hangs answers below what they answer, in the order they came', () => {
    const tree = buildCommentTree([comment(1), comment(2), comment(3, 1), comment(4, 3), comment(5, 1)]);
    const ids = (nodes: ReturnType<typeof buildCommentTree>): unknown[] => nodes.map((node) => [node.comment.id, ids(node.replies)]);
    expect(ids(tree)).toEqual([[1, [[3, [[4, []]]], [5, []]]], [2, []]]);
  });

  it('loses no answer to what is not there', () => {
    expect(buildCommentTree([comment(2, 1)])).toHaveLength(1);
  });

  it('is as deep as the document says', () => {
    expect(zThreadComment.safeParse({ ...comment(1), depth: MAX_DEPTH }).success).toBe(true);
    expect(zThreadComment.safeParse({ ...comment(1), depth: MAX_DEPTH + 1 }).success).toBe(false);
  });
});

describe('what is offered', () => {
  const written = Date.parse('2026-11-21T09:30:00Z');
  const minute = 60_000;

  it('is to edit: one’s own, for 15 minutes', () => {
    expect(canEdit({ id: 1 }, comment(1), written + 14 * minute)).toBe(true);
    expect(canEdit({ id: 1 }, comment(1), written + 15 * minute)).toBe(false);
    expect(canEdit({ id: 2 }, comment(1), written)).toBe(false);
  });

  it('is to delete: one’s own, any under one’s own post, any at all as an editor', () => {
    expect(canDelete({ id: 1, role: 'reader' }, comment(1), 9)).toBe(true);
    expect(canDelete({ id: 2, role: 'reader' }, comment(1), 9)).toBe(false);
    expect(canDelete({ id: 9, role: 'author' }, comment(1), 9)).toBe(true);
    expect(canDelete({ id: 2, role: 'editor' }, comment(1), 9)).toBe(true);
  });
});
