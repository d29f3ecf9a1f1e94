import Link from 'next/link';
import type { TagCount } from '@/client';
import { TagName } from '@/components/tag-name';
import { messages, plural } from '@/messages';

/** The most used tags, with bars from zero to the number of the first. */
export function TopTags({ tags, everyones }: { tags: TagCount[]; everyones: boolean }) {
  const most = Math.max(1, ...tags.map(({ post_count }) => post_count));
  return (
    <>
      <ol className="grid gap-3.5">
        {tags.map((tag) => (
          <li key={tag.id} className="grid gap-1.5">
            <div className="flex items-baseline justify-between gap-4">
              <Link
                href={`/studio/posts?status=published&tag=${tag.slug}${everyones ? '&whose=everyone' : ''}`}
                prefetch={false}
                className="hover:text-accent min-w-0 transition-colors"
              >
                <TagName name={tag.name} />
              </Link>
              <span className="text-ink-faint text-sm whitespace-nowrap tabular-nums">
                {plural(tag.post_count, messages.manage.counted.posts)}
              </span>
            </div>
            <div aria-hidden className="bg-sunken h-1 rounded-full">
              <div className="bg-accent h-full rounded-full" style={{ inlineSize: `${(100 * tag.post_count) / most}%` }} />
            </div>
          </li>
        ))}
      </ol>
      <p className="text-ink-faint text-sm">{messages.manage.dashboard.tags.scale(plural(most, messages.manage.counted.posts))}</p>
    </>
  );
}
