import { redirect } from 'next/navigation';
import { atLeast, requireUser } from '@/session/current';

/** The way in: to what this account is most likely here for. */
export default async function StudioPage() {
  const user = await requireUser();
  redirect(atLeast(user, 'author') ? '/studio/posts' : '/studio/comments');
}
