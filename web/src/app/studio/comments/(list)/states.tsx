import Link from 'next/link';
import { messages } from '@/messages';

export const STATES = ['published', 'archived', 'draft'] as const;

/** Readers comment on what is published; what was said stays when a post leaves the lists, or the site. */
export function States({ status }: { status: (typeof STATES)[number] }) {
  const { statusFilter, states } = messages.manage.comments;
  return (
    <nav aria-label={statusFilter} className="border-line -mb-px flex gap-5 border-b">
      {STATES.map((each) => (
        <Link
          key={each}
          href={each === 'published' ? '/studio/comments' : `/studio/comments?status=${each}`}
          aria-current={status === each ? 'page' : undefined}
          className="text-ink-soft hover:text-ink aria-[current]:border-accent aria-[current]:text-ink border-b-2 border-transparent py-2.5 text-sm transition-colors aria-[current]:font-medium"
        >
          {states[each]}
        </Link>
      ))}
    </nav>
  );
}
