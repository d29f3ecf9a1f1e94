import type { Metadata } from 'next';
import { permanentRedirect } from 'next/navigation';
import { fetchPostPage } from '@/api/posts';
import { publicAuthor } from '@/api/public';
import { Avatar } from '@/components/avatar';
import { PostList } from '@/components/post-list';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { Pages } from '@/components/site-pages';
import { Empty } from '@/components/ui/empty';
import { longDate, messages, plural } from '@/messages';

const pathOf = (username: string, page: number) =>
  page === 1 ? `/authors/${username}` : `/authors/${username}/page/${page}`;

export async function authorMetadata(username: string, page: number): Promise<Metadata> {
  const { display_name, username: name, bio } = await publicAuthor(username);
  const title = page === 1 ? display_name : `${display_name}, ${page}`;
  return pageMetadata({ path: pathOf(name, page), title, description: bio || undefined });
}

/** Public profile of an author, with one page of their posts. */
export async function AuthorPage({ username, page }: { username: string; page: number }) {
  const author = await publicAuthor(username);
  // Usernames are case-insensitive; the page has one canonical URL.
  if (author.username !== username) permanentRedirect(pathOf(author.username, page));
  const { posts, total, pages } = await fetchPostPage({ author: author.username, page });
  const { site } = messages;
  return (
    <ListColumn>
      <Avatar author={author} size={96} className="mb-5" />
      <PageHeading eyebrow={site.author} title={author.display_name}>
        {author.bio && <p className="mb-2 font-serif text-lg leading-relaxed whitespace-pre-line">{author.bio}</p>}
        <p className="text-ink-faint text-sm">
          {author.first_published_at
            ? `${site.writingSince(longDate(author.first_published_at))} · ${plural(total, site.posts)}`
            : site.joined(longDate(author.created_at))}
        </p>
      </PageHeading>
      {posts.length === 0 && <Empty title={site.noPostsOfAuthor.title}>{site.noPostsOfAuthor.text}</Empty>}
      <PostList posts={posts} />
      <Pages page={page} pages={pages} href={(other) => pathOf(author.username, other)} />
    </ListColumn>
  );
}
