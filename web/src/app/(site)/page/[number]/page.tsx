import type { Metadata } from 'next';
import { permanentRedirect } from 'next/navigation';
import { fetchPostPage } from '@/api/posts';
import { PostList } from '@/components/post-list';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { pageNumber, Pages } from '@/components/site-pages';
import { messages } from '@/messages';

type Props = { params: Promise<{ number: string }> };

/** Number of prerendered pages; the others are rendered and cached on their first request. */
const MADE_BEFOREHAND = 3;

export async function generateStaticParams() {
  const { pages } = await fetchPostPage();
  const numbers = Array.from({ length: Math.min(MADE_BEFOREHAND, pages - 1) }, (_, index) => index + 2);
  return numbers.map((number) => ({ number: String(number) }));
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { number } = await params;
  return pageMetadata({ path: `/page/${number}`, title: `${messages.site.latestPosts}, ${number}` });
}

export default async function OlderPosts({ params }: Props) {
  const { number } = await params;
  if (number === '1') permanentRedirect('/');
  const page = pageNumber(number);
  const { posts, pages } = await fetchPostPage({ page });
  return (
    <ListColumn>
      <PageHeading title={messages.site.latestPosts}>{messages.site.page(page, pages)}</PageHeading>
      <PostList posts={posts} />
      <Pages page={page} pages={pages} href={(other) => (other === 1 ? '/' : `/page/${other}`)} />
    </ListColumn>
  );
}
