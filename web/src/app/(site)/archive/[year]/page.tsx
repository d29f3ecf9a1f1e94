import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import type { PostSummary } from '@/client';
import { postArchive } from '@/api/public';
import { fetchAllPosts } from '@/api/posts';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { startOf } from '@/lib/calendar-month';
import { groupedBy } from '@/lib/grouped';
import { wallTimeAt } from '@/lib/time-zones';
import { messages, monthName, plural, shortDate, SITE_TIME_ZONE } from '@/messages';

type Props = { params: Promise<{ year: string }> };

export async function generateStaticParams() {
  const years = new Set((await postArchive()).map(({ year }) => String(year)));
  return [...years].map((year) => ({ year }));
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { year } = await params;
  return pageMetadata({ path: `/archive/${year}`, title: messages.site.archiveOf(Number(year)) });
}

export default async function ArchiveOfYear({ params }: Props) {
  const { year } = await params;
  if (!/^[12][0-9]{3}$/.test(year)) notFound();
  const posts = await fetchAllPosts({
    published_after: startOfYear(Number(year)),
    published_before: startOfYear(Number(year) + 1),
  });
  if (posts.length === 0) notFound();
  const months = groupedBy(posts, ({ published_at }) => monthOf(published_at ?? ''));
  const { site } = messages;
  return (
    <ListColumn>
      <PageHeading eyebrow={site.archive} title={year}>
        {plural(posts.length, site.posts)}
      </PageHeading>
      {months.map(([month, ofMonth]) => (
        <section key={month} aria-labelledby={`month-${month}`} className="mt-10">
          <h2 id={`month-${month}`} className="text-ink-faint mb-2 text-xs font-semibold tracking-widest uppercase">
            {monthName(month)}
          </h2>
          <ul className="border-line divide-line divide-y border-t">
            {ofMonth.map((post) => (
              <Line key={post.id} post={post} />
            ))}
          </ul>
        </section>
      ))}
      <p className="mt-10">
        <HoverPrefetchLink href="/archive" className="text-accent hover:text-accent-strong text-sm font-medium hover:underline">
          {site.archive}
        </HoverPrefetchLink>
      </p>
    </ListColumn>
  );
}

const startOfYear = (year: number) => startOf(`${year}-01`, SITE_TIME_ZONE).toISOString();
const monthOf = (instant: string) => Number(wallTimeAt(new Date(instant), SITE_TIME_ZONE).date.slice(5, 7));

function Line({ post }: { post: PostSummary }) {
  return (
    <li className="grid gap-x-6 py-3 sm:grid-cols-[1fr_auto] sm:items-baseline">
      <HoverPrefetchLink href={`/posts/${post.slug}`} className="hover:text-accent font-serif text-lg leading-snug wrap-anywhere">
        {post.title}
      </HoverPrefetchLink>
      {post.published_at && (
        <time dateTime={post.published_at} className="text-ink-faint text-sm tabular-nums">
          {shortDate(post.published_at)}
        </time>
      )}
    </li>
  );
}
