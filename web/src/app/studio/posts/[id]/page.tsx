import type { Metadata } from 'next';
import { forbidden } from 'next/navigation';
import { Editor } from '@/components/editor/editor';
import { atLeast, requireRole } from '@/session/current';
import { postOf } from './post';

type PageProps = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: (await postOf((await params).id)).title };
}

/** A post on its author's desk, or on that of an editor. */
export default async function EditPostPage({ params }: PageProps) {
  const user = await requireRole('author');
  const post = await postOf((await params).id);
  // Others may read what is published; the service would refuse their first change.
  if (post.author.id !== user.id && !atLeast(user, 'editor')) forbidden();
  return <Editor key={post.id} post={post} account={user.id} />;
}
