import type { Metadata } from 'next';
import { Editor } from '@/components/editor/editor';
import { messages } from '@/messages';
import { requireRole } from '@/session/current';

export const metadata: Metadata = { title: messages.studio.editor.newTitle };

/** An empty page. The draft begins with its first words. */
export default async function NewPostPage() {
  const user = await requireRole('author');
  return <Editor account={user.id} />;
}
