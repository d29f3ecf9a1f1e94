import type { Metadata } from 'next';
import Link from 'next/link';
import { fetchImageSize } from '@/api/public';
import { Article } from '@/components/article';
import { Status } from '@/components/studio/status';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import { requireUser } from '@/session/current';
import { postOf } from '../post';

type PageProps = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  await requireUser();
  return { title: `${messages.studio.preview.title}: ${(await postOf((await params).id)).title}` };
}

/**
 * A post exactly as readers will get it, as wide as there, made anew for each request by the rights of whoever asks.
 * Not in draft mode: that would open every page of the site to whoever holds its cookie, and keep the public address
 * out of the cache.
 */
export default async function PreviewPage({ params }: PageProps) {
  await requireUser();
  const post = await postOf((await params).id);
  const { preview } = messages.studio;
  return (
    <main id="main" data-bare className="min-w-0">
      <div className="bg-accent-wash sticky top-0 z-10 flex items-center gap-3 px-5 py-2 text-sm print:hidden">
        <span className="max-sm:hidden">
          <Status status={post.status} />
        </span>
        <p className="me-auto">{post.status === 'draft' ? preview.draft : preview.public}</p>
        <Button asChild look="secondary" size="small">
          <Link href={`/studio/posts/${post.id}`} prefetch={false}>{preview.edit}</Link>
        </Button>
      </div>
      <div className="mx-auto max-w-5xl px-5 py-12 sm:py-16">
        <Article post={post} imageSize={fetchImageSize} />
      </div>
    </main>
  );
}
