import { CircleCheck, Clock } from 'lucide-react';
import Link from 'next/link';
import type { PostSummary } from '@/client';
import { Badge } from '@/components/ui/badge';
import { daysOf, dayOfWeek } from '@/lib/calendar-month';
import { cn } from '@/lib/classes';
import { groupedBy } from '@/lib/grouped';
import { wallTimeAt } from '@/lib/time-zones';
import { fullDay, messages, plural, timeOfDay, weekday } from '@/messages';

const { calendar: words } = messages.schedule;
/** More than these are behind a click: the days of a week keep their height. */
const MOST_SHOWN = 4;
const COLUMNS = ['', 'sm:col-start-1', 'sm:col-start-2', 'sm:col-start-3', 'sm:col-start-4', 'sm:col-start-5', 'sm:col-start-6', 'sm:col-start-7'];

type MonthProps = { month: string; posts: PostSummary[]; zone: string; today: string };

/** When a post was or will be published. */
export const instantOf = ({ scheduled_at, published_at }: PostSummary): string => scheduled_at ?? published_at ?? '';

/** The posts of a month: a grid of weeks, on phones a list of the days that have any. */
export function CalendarMonth({ month, posts, zone, today }: MonthProps) {
  const days = daysOf(month);
  const byDay = new Map(groupedBy(posts, (post) => wallTimeAt(new Date(instantOf(post)), zone).date));
  return (
    <div>
      <div aria-hidden className="text-ink-faint grid grid-cols-7 pb-1.5 text-sm max-sm:hidden">
        {days.slice(0, 7).toSorted((one, other) => dayOfWeek(one) - dayOfWeek(other)).map((day) => (
          <span key={day} className="px-2">{weekday(day)}</span>
        ))}
      </div>
      <ol className="grid max-sm:gap-5 sm:grid-cols-7 sm:ps-px sm:pt-px">
        {days.map((day, index) => (
          <Day key={day} day={day} posts={byDay.get(day) ?? []} zone={zone} isToday={day === today} className={index === 0 ? COLUMNS[dayOfWeek(day)] : undefined} />
        ))}
      </ol>
    </div>
  );
}

type DayProps = { day: string; posts: PostSummary[]; zone: string; isToday: boolean; className?: string };

function Day({ day, posts, zone, isToday, className }: DayProps) {
  const [shown, others] = [posts.slice(0, MOST_SHOWN), posts.slice(MOST_SHOWN)];
  return (
    <li
      aria-current={isToday ? 'date' : undefined}
      className={cn('border-line grid content-start gap-1.5 sm:-ms-px sm:-mt-px sm:min-h-28 sm:border sm:p-1.5', posts.length === 0 && !isToday && 'max-sm:hidden', isToday && 'sm:bg-accent-wash/60', className)}
    >
      <p className="flex items-center gap-2 text-sm sm:px-1">
        <time dateTime={day} className={cn(isToday && 'text-accent-strong font-semibold')}>
          <span className="sm:sr-only">{fullDay(day)}</span>
          <span aria-hidden className="max-sm:hidden">{Number(day.slice(8))}</span>
        </time>
        {isToday && <Badge tone="accent" className="sm:hidden">{words.isToday}</Badge>}
      </p>
      {shown.length > 0 && <Entries posts={shown} zone={zone} />}
      {others.length > 0 && (
        <details>
          <summary className="text-ink-soft hover:text-ink cursor-pointer rounded px-1 text-sm">{plural(others.length, words.more)}</summary>
          <Entries posts={others} zone={zone} className="pt-1" />
        </details>
      )}
    </li>
  );
}

function Entries({ posts, zone, className }: { posts: PostSummary[]; zone: string; className?: string }) {
  return (
    <ul className={cn('grid grid-cols-[minmax(0,1fr)] gap-1', className)}>
      {posts.map((post) => {
        const isScheduled = post.status === 'scheduled';
        const Icon = isScheduled ? Clock : CircleCheck;
        return (
          <li key={post.id}>
            <Link
              href={`/studio/posts/${post.id}`}
              prefetch={false}
              className={cn('block rounded-md px-2 py-1 text-sm max-sm:py-2', isScheduled ? 'bg-accent-wash text-accent-strong hover:bg-accent-wash/70' : 'bg-sunken text-ink hover:bg-line')}
            >
              <span className="flex items-center gap-1 text-xs tabular-nums">
                <Icon aria-hidden className="size-3 shrink-0" />
                <span className="sr-only">{words.states[isScheduled ? 'scheduled' : 'published']}</span>
                <time dateTime={instantOf(post)}>{timeOfDay(instantOf(post), zone)}</time>
              </span>
              <span className="line-clamp-2 font-medium break-words">{post.title}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
