import { notFound } from 'next/navigation';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { messages } from '@/messages';

/** Return the page number of a URL; 404 unless it is 2 or more. */
export function pageNumber(segment: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(segment) || segment === '1') notFound();
  return Number(segment);
}

/** Return a decoded path segment: Next passes it percent-encoded. */
export function segment(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    notFound();
  }
}

type PagesProps = { page: number; pages: number; href: (page: number) => string };

/** Pagination links of a list. */
export function Pages({ page, pages, href }: PagesProps) {
  if (pages <= 1) return null;
  const { site } = messages;
  const link = 'text-accent hover:text-accent-strong py-2 font-medium hover:underline';
  return (
    <nav
      aria-label={site.pages}
      className="border-line mt-4 grid grid-cols-3 items-center border-t pt-6 text-sm print:hidden"
    >
      {page > 1 ? (
        <HoverPrefetchLink href={href(page - 1)} rel="prev" className={`${link} justify-self-start`}>
          <span aria-hidden className="inline-block rtl:-scale-x-100">
            ←
          </span>{' '}
          {site.newer}
        </HoverPrefetchLink>
      ) : (
        <span />
      )}
      <span className="text-ink-faint justify-self-center">{site.page(page, pages)}</span>
      {page < pages && (
        <HoverPrefetchLink href={href(page + 1)} rel="next" className={`${link} justify-self-end text-end`}>
          {site.older}{' '}
          <span aria-hidden className="inline-block rtl:-scale-x-100">
            →
          </span>
        </HoverPrefetchLink>
      )}
    </nav>
  );
}
