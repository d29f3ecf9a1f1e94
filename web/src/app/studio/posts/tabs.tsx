import Link from 'next/link';
import { cn } from '@/lib/classes';
import { messages } from '@/messages';
import { postListUrl, STATUSES, type PostListParams } from './list-params';

/** Tabs by status, and for editors a switch between their own and all posts. */
export function StatusTabs({ params, everyones }: { params: PostListParams; everyones: boolean }) {
  const { posts } = messages.studio;
  return (
    <div className="border-line flex flex-wrap items-end justify-between gap-x-6 gap-y-2 border-b">
      <nav aria-label={posts.statusFilter} className="-mb-px flex gap-5">
        {STATUSES.map((each) => (
          <Link
            key={each}
            href={postListUrl(params, { status: each })}
            aria-current={params.status === each ? 'page' : undefined}
            className={cn(
              'text-ink-soft hover:text-ink border-b-2 border-transparent py-2.5 text-sm transition-colors',
              'aria-[current]:border-accent aria-[current]:text-ink aria-[current]:font-medium',
            )}
          >
            {posts.tabs[each]}
          </Link>
        ))}
      </nav>
      {everyones && (
        <nav aria-label={posts.authorFilter} className="bg-sunken mb-2 flex gap-0.5 rounded-lg p-0.5 text-sm">
          {(['mine', 'everyone'] as const).map((each) => (
            <Link
              key={each}
              href={postListUrl(params, { whose: each })}
              aria-current={params.whose === each ? 'true' : undefined}
              className="text-ink-soft aria-[current]:bg-surface aria-[current]:text-ink aria-[current]:shadow-card rounded-md px-3 py-1"
            >
              {posts[each]}
            </Link>
          ))}
        </nav>
      )}
    </div>
  );
}
