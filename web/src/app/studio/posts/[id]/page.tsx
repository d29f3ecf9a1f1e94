import type { Metadata } from 'next';
import { forbidden } from 'next/navigation';
import { Editor } from '@/components/editor/editor';
import { atLeast, requireRole } from '@/session/current';
import { postOf } from './post';

type PageProps = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: (await postOf((await params).id)).title };
}

/** The editor of a post, for its author and editors. */
export default async function EditPostPage({ params }: PageProps) {
  const user = await requireRole('author');
  const post = await postOf((await params).id);
  // Others can read a published post, but the API would reject their changes.
  if (post.author.id !== user.id && !atLeast(user, 'editor')) forbidden();
  return <Editor key={post.id} post={post} account={user.id} canBackdate={atLeast(user, 'editor')} />;
}
