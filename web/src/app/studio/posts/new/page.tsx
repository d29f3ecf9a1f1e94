import type { Metadata } from 'next';
import { Editor } from '@/components/editor/editor';
import { messages } from '@/messages';
import { atLeast, requireRole } from '@/session/current';

export const metadata: Metadata = { title: messages.studio.editor.newTitle };

/** The editor for a new post, which is created with the first save. */
export default async function NewPostPage() {
  const user = await requireRole('author');
  return <Editor account={user.id} canBackdate={atLeast(user, 'editor')} />;
}
