import { Plus } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { Suspense } from 'react';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import { atLeast, requireRole } from '@/session/current';
import { parsePostListParams, type PostListParams } from './list-params';
import { Listed, Loading } from './listed';
import { StatusTabs } from './tabs';

export const metadata: Metadata = { title: messages.studio.posts.title };

type PageProps = { searchParams: Promise<Record<string, string | string[]>> };

/** The role is checked before anything is streamed, so that the status can be 403. */
export default async function PostsPage({ searchParams }: PageProps) {
  const user = await requireRole('author');
  const everyones = atLeast(user, 'editor');
  const params: PostListParams = parsePostListParams(await searchParams, everyones);
  const { posts: words } = messages.studio;
  return (
    <main id="main" className="mx-auto grid w-full max-w-5xl grid-cols-[minmax(0,1fr)] content-start gap-6 px-5 py-8 md:px-10 md:py-12">
      <div className="flex items-center justify-between gap-4">
        <h1 className="font-serif text-3xl font-semibold">{words.title}</h1>
        <Button asChild>
          <Link href="/studio/posts/new" prefetch={false}>
            <Plus aria-hidden className="size-4" />
            {words.new}
          </Link>
        </Button>
      </div>
      <StatusTabs params={params} everyones={everyones} />
      <Suspense fallback={<Loading />}>
        <Listed params={params} user={user} />
      </Suspense>
    </main>
  );
}
