'use client';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis, type TooltipContentProps } from 'recharts';
import type { MonthCounts } from '@/client';
import { compactCount, messages, plural } from '@/messages';
import { nameOf, shortNameOf } from './dashboard-month-names';

/** What is counted for each month. */
export type Counted = Exclude<keyof MonthCounts, 'month'>;

const axis = { stroke: 'none', tick: { fill: 'var(--ink-faint)', fontSize: 12 } };

type ChartProps = { months: MonthCounts[]; what: Counted; /** Marks of the vertical axis, from zero to its end. */ marks: number[] };

/** Bar chart of twelve months, with tooltips by pointer and arrow keys. */
export default function MonthsChart({ months, what, marks }: ChartProps) {
  const { months: words } = messages.manage.dashboard;
  return (
    <div className="h-64">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={months} margin={{ top: 8, right: 0, bottom: 0, left: 0 }} title={words.chart(words[what])}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="month" tickFormatter={shortNameOf} tickMargin={8} interval="equidistantPreserveStart" {...axis} />
          <YAxis width={36} domain={[0, marks.at(-1) ?? 1]} ticks={marks} tickFormatter={compactCount} {...axis} />
          <Tooltip cursor={{ fill: 'var(--sunken)' }} content={(shown) => <ChartTooltip {...shown} what={what} />} />
          <Bar dataKey={what} fill="var(--accent)" radius={[3, 3, 0, 0]} maxBarSize={40} isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

function ChartTooltip({ active, payload, what }: TooltipContentProps & { what: Counted }) {
  const month = payload[0]?.payload as MonthCounts | undefined;
  if (!active || !month) return null;
  return (
    <div className="bg-surface border-line shadow-card rounded-lg border px-3 py-2 text-sm">
      <p className="text-ink-soft">{nameOf(month.month)}</p>
      <p className="font-medium tabular-nums">{plural(month[what], messages.manage.counted[what])}</p>
    </div>
  );
}
