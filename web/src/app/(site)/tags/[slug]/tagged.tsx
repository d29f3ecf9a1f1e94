import type { Metadata } from 'next';
import { fetchPostPage } from '@/api/posts';
import { publicTag } from '@/api/public';
import { PostList } from '@/components/post-list';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { Pages } from '@/components/site-pages';
import { TagName } from '@/components/tag-name';
import { Empty } from '@/components/ui/empty';
import { messages, plural } from '@/messages';

const pathOf = (slug: string, page: number) => (page === 1 ? `/tags/${slug}` : `/tags/${slug}/page/${page}`);

export async function taggedMetadata(slug: string, page: number): Promise<Metadata> {
  const tag = await publicTag(slug);
  return pageMetadata({ path: pathOf(tag.slug, page), title: page === 1 ? tag.name : `${tag.name}, ${page}` });
}

/** One page of the posts with a tag. */
export async function Tagged({ slug, page }: { slug: string; page: number }) {
  const tag = await publicTag(slug);
  const { posts, pages } = await fetchPostPage({ tag: tag.slug, page });
  return (
    <ListColumn>
      <PageHeading eyebrow={messages.site.tagged} title={<TagName name={tag.name} />}>
        {plural(tag.post_count, messages.site.posts)}
      </PageHeading>
      {posts.length === 0 && <Empty title={messages.site.noPostsOfTag.title}>{messages.site.noPostsOfTag.text}</Empty>}
      <PostList posts={posts} />
      <Pages page={page} pages={pages} href={(other) => pathOf(tag.slug, other)} />
    </ListColumn>
  );
}
