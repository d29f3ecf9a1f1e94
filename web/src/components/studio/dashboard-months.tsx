'use client';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import type { MonthCounts } from '@/client';
import { count, messages } from '@/messages';
import type { Counted } from './chart-months';
import { nameOf } from './dashboard-month-names';
import { marksTo } from './dashboard-scale';

const { months: words } = messages.manage.dashboard;
const WHAT = ['posts', 'comments'] as const satisfies Counted[];

/** Recharts is loaded only where a chart is shown. */
const Chart = dynamic(() => import('./chart-months'), {
  ssr: false,
  loading: () => (
    <div className="bg-sunken text-ink-soft rounded-card grid h-64 place-items-center text-sm">{words.loading}</div>
  ),
});

/** Posts or comments of the last twelve months: a chart, and both as a table. */
export function Months({ months }: { months: MonthCounts[] }) {
  const [what, show] = useState<Counted>('posts');
  // One scale for both charts: whoever goes from one to the other compares the bars.
  const marks = marksTo(Math.max(...months.flatMap(({ posts, comments }) => [posts, comments])));
  return (
    <div className="grid gap-4">
      <div role="group" aria-label={words.shown} className="bg-sunken flex gap-0.5 justify-self-start rounded-lg p-0.5 text-sm">
        {WHAT.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={what === each}
            onClick={() => show(each)}
            className="text-ink-soft aria-pressed:bg-surface aria-pressed:text-ink aria-pressed:shadow-card rounded-md px-3 py-1"
          >
            {words[each]}
          </button>
        ))}
      </div>
      {months.some((month) => month[what] > 0) ? (
        <>
          <Chart key={what} months={months} what={what} marks={marks} />
          <p className="text-ink-faint text-sm">{words.scale}</p>
        </>
      ) : (
        <p className="text-ink-soft grid h-64 place-content-center text-center">{words.none[what]}</p>
      )}
      <details className="text-sm">
        <summary className="text-ink-soft hover:text-ink w-fit">{words.asTable}</summary>
        <MonthTable months={months} />
      </details>
    </div>
  );
}

function MonthTable({ months }: { months: MonthCounts[] }) {
  return (
    <table className="mt-3 w-full max-w-md tabular-nums">
      <thead className="text-ink-faint">
        <tr>
          {[words.month, words.posts, words.comments].map((name, column) => (
            <th key={name} scope="col" className={`pb-1.5 font-normal ${column === 0 ? 'text-start' : 'text-end'}`}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-line border-line divide-y border-y">
        {months.map(({ month, posts, comments }) => (
          <tr key={month}>
            <th scope="row" className="py-1.5 text-start font-normal">
              {nameOf(month)}
            </th>
            <td className="text-end">{count(posts)}</td>
            <td className="text-end">{count(comments)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
