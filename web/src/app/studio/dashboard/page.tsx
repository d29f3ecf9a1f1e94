import type { Metadata } from 'next';
import Link from 'next/link';
import { getDashboard, listPosts } from '@/client';
import type { Client } from '@/client/client';
import { unwrap } from '@/api/unwrap';
import { MostCommented } from '@/components/studio/comments-most';
import { Months } from '@/components/studio/dashboard-months';
import { NextScheduled } from '@/components/studio/next-scheduled';
import { StatCards } from '@/components/studio/dashboard-numbers';
import { TopTags } from '@/components/studio/dashboard-tags';
import { ManagePage } from '@/components/studio/table-page';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { viewerTimeZone } from '@/session/time-zone';

const { dashboard: words } = messages.manage;

export const metadata: Metadata = { title: words.title };

export default async function DashboardPage() {
  const user = await requireRole('author');
  const client = await sessionClient();
  const numbers = unwrap('getDashboard', await getDashboard({ client }));
  const { posts, everyones } = numbers;
  const next = posts.scheduled > 0 ? await nextScheduled(client, everyones ? undefined : user.username) : undefined;
  if (posts.draft + posts.scheduled + posts.published + posts.archived + posts.trashed === 0) {
    return (
      <ManagePage title={words.title}>
        <Empty title={words.empty.title}>
          <p className="mb-4">{words.empty.text}</p>
          <Button asChild>
            <Link href="/studio/posts/new">{words.empty.write}</Link>
          </Button>
        </Empty>
      </ManagePage>
    );
  }
  return (
    <ManagePage title={words.title} lead={everyones ? words.lead.everyones : words.lead.own}>
      {next && <NextScheduled post={next} zone={await viewerTimeZone()} />}
      <StatCards {...numbers} />
      <Part title={words.months.title}>
        <Months months={numbers.months} />
      </Part>
      <div className="grid gap-x-14 gap-y-6 lg:grid-cols-2">
        <Part title={words.tags.title}>
          {numbers.top_tags.length > 0 ? (
            <TopTags tags={numbers.top_tags} everyones={everyones} />
          ) : (
            <p className="text-ink-soft">{words.tags.none}</p>
          )}
        </Part>
        <Part title={words.commented.title}>
          {numbers.most_commented.length > 0 ? (
            <MostCommented posts={numbers.most_commented} />
          ) : (
            <p className="text-ink-soft">{words.commented.none}</p>
          )}
        </Part>
      </div>
    </ManagePage>
  );
}

async function nextScheduled(client: Client, author?: string) {
  const query = { status: 'scheduled', sort: 'scheduled_at', per_page: 1, author } as const;
  return unwrap('listPosts', await listPosts({ client, query }))[0];
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="border-line grid content-start gap-5 border-t pt-7">
      <h2 className="font-serif text-xl font-semibold">{title}</h2>
      {children}
    </section>
  );
}
