/** The post of a studio page. The API decides who may read it, and responds with 404 if not. */
import 'server-only';
import { cache } from 'react';
import { notFound } from 'next/navigation';
import { getPost, type Post } from '@/client';
import { unwrap } from '@/api/unwrap';
import { isUuid } from '@/lib/uuid';
import { sessionClient } from '@/session/current';

export const postOf = cache(async (post_id: string): Promise<Post> => {
  if (!isUuid(post_id)) notFound();
  return unwrap('getPost', await getPost({ client: await sessionClient(), path: { post_id } }));
});
