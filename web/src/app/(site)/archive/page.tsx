import { postArchive, type Month } from '@/api/public';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { Empty } from '@/components/ui/empty';
import { groupedBy } from '@/lib/grouped';
import { count, messages, monthName, plural } from '@/messages';

const { site } = messages;

export const metadata = pageMetadata({ path: '/archive', title: site.archive, description: site.archiveText });

export default async function Archive() {
  const months = await postArchive();
  const years = groupedBy(months, ({ year }) => year);
  return (
    <ListColumn>
      <PageHeading title={site.archive}>{site.archiveText}</PageHeading>
      {years.length === 0 && <Empty title={site.nothingYet.title}>{site.nothingYet.text}</Empty>}
      {years.map(([year, ofYear]) => (
        <Year key={year} year={year} months={ofYear} />
      ))}
    </ListColumn>
  );
}

function Year({ year, months }: { year: number; months: Month[] }) {
  const total = months.reduce((sum, month) => sum + month.count, 0);
  return (
    <section aria-labelledby={`year-${year}`} className="border-line grid gap-x-8 gap-y-4 border-t py-8 sm:grid-cols-[9rem_1fr]">
      <div>
        <h2 id={`year-${year}`} className="font-serif text-3xl font-semibold tabular-nums">
          <HoverPrefetchLink href={`/archive/${year}`} className="hover:text-accent">
            {year}
          </HoverPrefetchLink>
        </h2>
        <p className="text-ink-faint text-sm">{plural(total, site.posts)}</p>
      </div>
      <ul className="grid grid-cols-2 gap-x-8 gap-y-1 sm:grid-cols-3">
        {months.map(({ month, count: posts }) => (
          <li key={month}>
            <HoverPrefetchLink
              href={`/archive/${year}#month-${month}`}
              className="hover:text-accent flex justify-between gap-2 py-1"
            >
              {monthName(month)} <span className="text-ink-faint tabular-nums">{count(posts)}</span>
            </HoverPrefetchLink>
          </li>
        ))}
      </ul>
    </section>
  );
}
