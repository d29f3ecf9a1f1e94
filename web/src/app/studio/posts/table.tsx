import Link from 'next/link';
import { Fragment } from 'react';
import type { PostSummary } from '@/client';
import { PendingSpinner } from '@/components/studio/pending-spinner';
import { TagName } from '@/components/tag-name';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { zoneName } from '@/lib/time-zones';
import { messages, shortDate, zonedTime } from '@/messages';
import { isFiltered, postListUrl, type PostListParams } from './list-params';
import { RowMenu } from './row-menu';

const head = 'pb-2 text-start font-normal';

/** Table of posts. */
export function PostTable({ posts, params, zone, canBackdate }: { posts: PostSummary[]; params: PostListParams; zone: string; canBackdate: boolean }) {
  const { columns } = messages.studio.posts;
  const byPublication = params.status === 'published' && params.sort !== '-updated_at';
  const isScheduled = params.status === 'scheduled';
  return (
    <table className="w-full border-collapse text-sm">
      <thead className="text-ink-faint max-sm:sr-only">
        <tr>
          <th scope="col" className={head}>{columns.post}</th>
          <th scope="col" className={head}>{isScheduled ? columns.scheduled : byPublication ? columns.published : columns.updated}</th>
          <th scope="col" className="sr-only">{columns.actions}</th>
        </tr>
      </thead>
      <tbody className="divide-line border-line divide-y border-y">
        {posts.map((post) => (
          <tr key={post.id} className="group hover:bg-sunken/60 relative max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:items-center max-sm:gap-x-3 max-sm:py-3">
            <td className="max-w-0 py-3.5 pe-4 max-sm:max-w-none max-sm:py-0 sm:w-full">
              <Link href={`/studio/posts/${post.id}`} prefetch={false} className="block truncate font-serif text-lg font-medium after:absolute after:inset-0 max-sm:whitespace-normal">
                {post.title}
                <PendingSpinner className="absolute inset-y-0 end-14 my-auto" />
              </Link>
              <p className="text-ink-faint truncate">
                {params.whose === 'everyone' && post.author.display_name}
                {post.tags.map(({ name, slug }, index) => (
                  <Fragment key={slug}>
                    {(index > 0 || params.whose === 'everyone') && ' · '}
                    <TagName name={name} />
                  </Fragment>
                ))}
              </p>
            </td>
            <td className="text-ink-soft max-sm:text-ink-faint pe-3 whitespace-nowrap max-sm:row-start-2">
              {isScheduled && post.scheduled_at ? (
                <>
                  <time dateTime={post.scheduled_at} className="block">{zonedTime(post.scheduled_at, zone)}</time>
                  <span className="text-ink-faint">{zoneName(new Date(post.scheduled_at), zone)}</span>
                </>
              ) : (
                <Instant at={(byPublication && post.published_at) || post.updated_at} />
              )}
            </td>
            <td className="relative text-end max-sm:row-span-2 max-sm:row-start-1 max-sm:col-start-2">
              <RowMenu post={post} canBackdate={canBackdate} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const Instant = ({ at }: { at: string }) => <time dateTime={at}>{shortDate(at)}</time>;

/** Empty state of the list. */
export function NoPosts({ params }: { params: PostListParams }) {
  const { posts } = messages.studio;
  if (isFiltered(params) || params.page > 1) {
    return (
      <Empty title={posts.empty.filtered.title}>
        <p className="mb-4">{posts.empty.filtered.text}</p>
        <Button asChild look="secondary">
          <Link href={postListUrl(params, { q: '', tag: '', author: '' })}>{posts.clear}</Link>
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title={posts.empty[params.status].title}>
      <p className="mb-4">{posts.empty[params.status].text}</p>
      {params.status === 'draft' && (
        <Button asChild>
          <Link href="/studio/posts/new" prefetch={false}>{posts.new}</Link>
        </Button>
      )}
    </Empty>
  );
}
