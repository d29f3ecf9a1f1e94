import { Clock } from 'lucide-react';
import Link from 'next/link';
import type { PostSummary } from '@/client';
import { zoneName } from '@/lib/time-zones';
import { messages, zonedTime } from '@/messages';

const { calendar, inZone } = messages.schedule;

/** The post that is published next, with a link to the calendar. */
export function NextScheduled({ post: { id, title, scheduled_at }, zone }: { post: PostSummary; zone: string }) {
  if (!scheduled_at) return null;
  return (
    <p className="bg-accent-wash rounded-card flex flex-wrap items-center gap-x-2 gap-y-1 px-4 py-3 text-sm">
      <Clock aria-hidden className="text-accent-strong size-4 shrink-0" />
      <span className="text-ink-soft">{calendar.next}</span>
      <Link href={`/studio/posts/${id}`} prefetch={false} className="font-medium break-words underline underline-offset-4">{title}</Link>
      <time dateTime={scheduled_at}>{inZone(zonedTime(scheduled_at, zone), zoneName(new Date(scheduled_at), zone))}</time>
      <Link href="/studio/calendar" prefetch={false} className="text-ink-soft hover:text-ink ms-auto underline underline-offset-4">{calendar.all}</Link>
    </p>
  );
}
