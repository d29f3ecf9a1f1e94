import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { searchPosts } from '@/api/posts';
import { PostList } from '@/components/post-list';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { pageNumber, Pages } from '@/components/site-pages';
import { Empty } from '@/components/ui/empty';
import { RULES } from '@/lib/input-rules';
import { messages, plural } from '@/messages';
import { Highlighted } from './highlighted';
import { SearchForm } from './search-form';

type Props = { searchParams: Promise<{ q?: string | string[]; page?: string | string[] }> };

const { searching } = messages.site;

export const metadata: Metadata = { ...pageMetadata({ path: '/search', title: searching.title }), robots: { index: false } };

export default async function Search({ searchParams }: Props) {
  const { q = '', page = '1' } = await searchParams;
  if (typeof q !== 'string' || typeof page !== 'string') notFound();
  const words = [...q.replaceAll('\0', '').trim()].slice(0, RULES.search.maxLength).join('');
  return (
    <ListColumn>
      <PageHeading title={searching.title} />
      <SearchForm words={words} />
      {words ? (
        <Results words={words} page={page === '1' ? 1 : pageNumber(page)} />
      ) : (
        <Empty title={searching.start.title}>{searching.start.text}</Empty>
      )}
    </ListColumn>
  );
}

/** Not streamed: without JavaScript, streamed results would never be shown. */
async function Results({ words, page }: { words: string; page: number }) {
  const { posts, total, pages } = await searchPosts({ search: words, page });
  if (total === 0) return <Empty title={searching.none(words)}>{searching.noneText}</Empty>;
  const href = (other: number) => `/search?${new URLSearchParams({ q: words, ...(other > 1 && { page: String(other) }) })}`;
  return (
    <>
      <p role="status" className="text-ink-faint text-sm wrap-anywhere">
        {plural(total, searching.results)} {searching.containing(words)}
      </p>
      <PostList posts={posts} show={(text) => <Highlighted text={text} words={words} />} />
      <Pages page={page} pages={pages} href={href} />
    </>
  );
}
