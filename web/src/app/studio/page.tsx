import { redirect } from 'next/navigation';
import { atLeast, requireUser } from '@/session/current';

/** Redirects to the start page of the user's role. */
export default async function StudioPage() {
  const user = await requireUser();
  redirect(atLeast(user, 'author') ? '/studio/posts' : '/studio/comments');
}
