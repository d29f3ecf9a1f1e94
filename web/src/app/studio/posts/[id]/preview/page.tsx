import type { Metadata } from 'next';
import Link from 'next/link';
import { fetchImageSize } from '@/api/public';
import { Article } from '@/components/article';
import { Status } from '@/components/studio/status';
import { Button } from '@/components/ui/button';
import { zoneName } from '@/lib/time-zones';
import { messages, zonedTime } from '@/messages';
import { requireUser } from '@/session/current';
import { viewerTimeZone } from '@/session/time-zone';
import { postOf } from '../post';

type PageProps = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  await requireUser();
  return { title: `${messages.studio.preview.title}: ${(await postOf((await params).id)).title}` };
}

/**
 * Preview of a post as readers will see it, rendered per request with the user's permissions. Not Next's draft mode: its
 * cookie would switch off the cache of every page, and show drafts to whoever has it.
 */
export default async function PreviewPage({ params }: PageProps) {
  await requireUser();
  const post = await postOf((await params).id);
  const { preview } = messages.studio;
  const zone = await viewerTimeZone();
  return (
    <main id="main" data-bare className="min-w-0">
      <div className="bg-accent-wash sticky top-0 z-10 flex items-center gap-3 px-5 py-2 text-sm print:hidden">
        <span className="max-sm:hidden">
          <Status status={post.status} />
        </span>
        <p className="me-auto">{post.scheduled_at ? preview.scheduled(messages.schedule.inZone(zonedTime(post.scheduled_at, zone), zoneName(new Date(post.scheduled_at), zone))) : post.status === 'draft' ? preview.draft : preview.public}</p>
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
