import type { Heading } from '@/client';
import { depths } from '@/lib/html-outline';
import { messages } from '@/messages';

/** Deeper headings are left out of the table of contents. */
const DEEPEST = 2;

/** Table of contents of a post. */
export function Contents({ headings, className }: { headings: Heading[]; className?: string }) {
  const deep = depths(headings.map(({ level }) => level));
  return (
    <nav aria-label={messages.site.post.contents} className={`contents ${className ?? ''}`}>
      <ol className="text-ink-soft grid gap-2 text-sm leading-snug">
        {headings.map(({ anchor, text }, index) => {
          const depth = deep[index] ?? 1;
          if (depth > DEEPEST) return null;
          return (
            <li key={anchor} className={depth > 1 ? 'ps-4' : undefined}>
              <a href={`#${anchor}`} className="hover:text-accent wrap-anywhere">
                {text}
              </a>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
