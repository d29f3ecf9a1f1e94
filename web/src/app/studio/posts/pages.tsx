import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { messages, plural } from '@/messages';
import { addressOf, PER_PAGE, type Chosen } from './chosen';

/** How many there are, and the ways to the others. */
export function Pages({ choice, total, shown }: { choice: Chosen; total: number; shown: number }) {
  const { posts } = messages.studio;
  const pages = Math.ceil(total / PER_PAGE);
  if (total === 0 || shown === 0) return null;
  return (
    <nav aria-label={posts.pages} className="text-ink-faint flex items-center justify-between gap-3 text-sm">
      <p>
        {plural(total, posts.shown)}
        {pages > 1 && ` · ${posts.page(choice.page, pages)}`}
      </p>
      <div className="flex gap-2">
        {choice.page > 1 && (
          <Button asChild look="secondary" size="small">
            <Link href={addressOf(choice, { page: choice.page - 1 })} rel="prev">{posts.earlier}</Link>
          </Button>
        )}
        {choice.page < pages && (
          <Button asChild look="secondary" size="small">
            <Link href={addressOf(choice, { page: choice.page + 1 })} rel="next">{posts.later}</Link>
          </Button>
        )}
      </div>
    </nav>
  );
}
