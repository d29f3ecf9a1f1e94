import { publishedPost } from '@/api/posts';
import { drawCard } from '@/app/opengraph-drawing';
import { segment } from '@/components/site-pages';
import { longDate, messages } from '@/messages';

export const alt = messages.site.name;
export const size = { width: 1200, height: 630 };
export const contentType = 'image/png';

/** Drawn on the first request and cached: drawing is slow. */
export const dynamic = 'force-static';
export const generateStaticParams = () => [];

export default async function PostCard({ params }: { params: Promise<{ slug: string }> }) {
  const post = await publishedPost(segment((await params).slug));
  const facts = [post.author.display_name, post.published_at && longDate(post.published_at)];
  return drawCard(post.title, facts.filter(Boolean).join(' · '));
}
