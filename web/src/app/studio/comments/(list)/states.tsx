import Link from 'next/link';
import { messages } from '@/messages';

export const STATES = ['published', 'archived', 'draft'] as const;

/** Tabs by status of the posts: archived posts and drafts keep their comments. */
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
