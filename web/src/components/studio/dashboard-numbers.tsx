import Link from 'next/link';
import type { Dashboard } from '@/client';
import { count, messages } from '@/messages';

/** Totals as cards, each linked to its list. */
export function StatCards({ posts, comments, everyones }: Pick<Dashboard, 'posts' | 'comments' | 'everyones'>) {
  const { dashboard } = messages.manage;
  const list = (status: string) => `/studio/posts?status=${status}${everyones ? '&whose=everyone' : ''}`;
  const shown = [
    { name: dashboard.states.published, value: posts.published, href: list('published') },
    { name: dashboard.states.scheduled, value: posts.scheduled, href: list('scheduled') },
    { name: dashboard.states.draft, value: posts.draft, href: list('draft') },
    { name: dashboard.states.archived, value: posts.archived, href: list('archived') },
    { name: dashboard.states.trashed, value: posts.trashed, href: '/studio/trash' },
    { name: dashboard.comments, value: comments, href: '/studio/comments' },
  ];
  return (
    <ul aria-label={dashboard.totals} className="grid grid-cols-2 gap-x-6 gap-y-5 pt-2 sm:grid-cols-3 lg:grid-cols-6">
      {shown.map(({ name, value, href }) => (
        <li key={href}>
          <Link href={href} prefetch={false} className="group grid gap-1 rounded-lg">
            <span className="group-hover:text-accent font-serif text-5xl font-medium tracking-tight tabular-nums transition-colors">
              {count(value)}
            </span>
            <span className="text-ink-soft group-hover:text-ink text-sm transition-colors">{name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
