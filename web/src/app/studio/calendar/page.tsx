import { ChevronLeft, ChevronRight, CircleCheck, Clock } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { CalendarMonth } from '@/components/studio/calendar-month';
import { ManagePage } from '@/components/studio/table-page';
import { searchParam, type Query } from '@/components/studio/table-params';
import { TableTabs } from '@/components/studio/table-tabs';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { FIRST_MONTH, LAST_MONTH, monthOf, monthsLater } from '@/lib/calendar-month';
import { wallTimeAt, zoneName } from '@/lib/time-zones';
import { count, messages, monthName } from '@/messages';
import { atLeast, requireRole } from '@/session/current';
import { viewerTimeZone } from '@/session/time-zone';
import { postsOfMonth } from './posts-of-month';

const { calendar: words } = messages.schedule;
const { mine, everyone, authorFilter } = messages.studio.posts;

export const metadata: Metadata = { title: words.title };

/** The calendar of posts: what comes, and what has been published, by month. */
export default async function CalendarPage({ searchParams }: { searchParams: Promise<Query> }) {
  const user = await requireRole('author');
  const query = await searchParams;
  const zone = await viewerTimeZone();
  const now = new Date();
  const month = monthOf(searchParam(query, 'month'), now, zone);
  const canSeeAll = atLeast(user, 'editor');
  const isOwn = !canSeeAll || searchParam(query, 'whose') === 'mine';
  const { posts, isCut } = await postsOfMonth(month, zone, isOwn ? user.username : undefined);
  const urlOf = (changes: { month?: string; isOwn?: boolean }) => calendarUrl(changes.month, canSeeAll && (changes.isOwn ?? isOwn));
  return (
    <ManagePage title={words.title} lead={isOwn ? words.lead.own : words.lead.everyones}>
      {canSeeAll && (
        <TableTabs
          label={authorFilter}
          tabs={[
            { name: everyone, href: urlOf({ month, isOwn: false }), current: !isOwn },
            { name: mine, href: urlOf({ month, isOwn: true }), current: isOwn },
          ]}
        />
      )}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 className="font-serif text-2xl font-semibold">{`${monthName(Number(month.slice(5)))} ${month.slice(0, 4)}`}</h2>
        <nav aria-label={words.months} className="flex items-center gap-2">
          <Button asChild look="secondary" size="small">
            <Link href={urlOf({})} prefetch={false}>{words.today}</Link>
          </Button>
          {month > FIRST_MONTH && <Step href={urlOf({ month: monthsLater(month, -1) })} name={words.earlier} icon={ChevronLeft} rel="prev" />}
          {month < LAST_MONTH && <Step href={urlOf({ month: monthsLater(month, 1) })} name={words.later} icon={ChevronRight} rel="next" />}
        </nav>
      </div>
      {isCut && <Notice>{words.cut(count(posts.length))}</Notice>}
      {posts.length === 0 && <p className="text-ink-soft">{words.empty}</p>}
      <CalendarMonth month={month} posts={posts} zone={zone} today={wallTimeAt(now, zone).date} />
      <p className="text-ink-faint flex flex-wrap gap-x-5 gap-y-1 text-sm">
        <span className="flex items-center gap-1.5"><Clock aria-hidden className="size-3.5" />{words.states.scheduled}</span>
        <span className="flex items-center gap-1.5"><CircleCheck aria-hidden className="size-3.5" />{words.states.published}</span>
        <span>{words.zone(zoneName(now, zone))}</span>
      </p>
    </ManagePage>
  );
}

function calendarUrl(month: string | undefined, isOwn: boolean): string {
  const said = new URLSearchParams({ ...(month && { month }), ...(isOwn && { whose: 'mine' }) }).toString();
  return said ? `/studio/calendar?${said}` : '/studio/calendar';
}

function Step({ href, name, icon: Icon, rel }: { href: string; name: string; icon: typeof ChevronLeft; rel: 'prev' | 'next' }) {
  return (
    <Button asChild look="secondary" size="icon">
      <Link href={href} prefetch={false} rel={rel} aria-label={name}>
        <Icon aria-hidden className="rtl:-scale-x-100" />
      </Link>
    </Button>
  );
}
