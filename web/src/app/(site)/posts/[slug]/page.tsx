import type { Metadata } from 'next';
import { permanentRedirect } from 'next/navigation';
import { publishedPost, publishedPosts } from '@/api/posts';
import { authorBio, fetchImageSize } from '@/api/public';
import { Article } from '@/components/article';
import { cardOf } from '@/components/card-image';
import { pageMetadata } from '@/components/site-metadata';
import { segment } from '@/components/site-pages';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { Comments } from './comments';
import { RelatedPosts } from './related-posts';
import { StructuredData } from './structured-data';

type Props = { params: Promise<{ slug: string }> };

/** Number of prerendered posts; the others are rendered and cached on their first request. */
const MADE_BEFOREHAND = 20;

export async function generateStaticParams() {
  const posts = await publishedPosts({ per_page: MADE_BEFOREHAND });
  return posts.map(({ slug }) => ({ slug }));
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const post = await publishedPost(segment((await params).slug));
  const path = `/posts/${post.slug}`;
  const canonical = post.canonical_url ?? path;
  const card = cardOf(post);
  const page = pageMetadata({ path, title: post.seo_title, description: post.seo_description, canonical });
  return {
    ...page,
    robots: post.status === 'published' ? undefined : { index: false },
    authors: { name: post.author.display_name },
    openGraph: {
      ...page.openGraph,
      type: 'article',
      publishedTime: post.published_at ?? undefined,
      modifiedTime: post.updated_at,
      authors: post.author.display_name,
      tags: post.tags.map(({ name }) => name),
      // Without one Next takes the card that opengraph-image.tsx draws.
      ...(card && { images: [card] }),
    },
  };
}

export default async function PostPage({ params }: Props) {
  const slug = segment((await params).slug);
  const post = await publishedPost(slug);
  // The API also finds a post by a previous slug; the page redirects to the current one.
  if (post.slug !== slug) permanentRedirect(`/posts/${post.slug}`);
  return (
    <main id="main" className="mx-auto max-w-5xl px-5 py-12 sm:py-16">
      <StructuredData post={post} />
      {post.status === 'archived' && <Notice className="mb-10">{messages.site.post.archived}</Notice>}
      <Article post={post} imageSize={fetchImageSize} bio={await authorBio(post.author)}>
        <RelatedPosts post={post} />
        <Comments post={post} />
      </Article>
    </main>
  );
}
