import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { messages, plural } from '@/messages';
import { lastPage, listUrl, PER_PAGE, type ListParams } from './table-params';

type PagerProps = { path: string; params: ListParams; total: number; perPage?: number; words: { one: string; other: string } };

/** Total, page number, and links to the previous and next page. */
export function Pager({ path, params, total, perPage = PER_PAGE, words }: PagerProps) {
  const { pager } = messages.manage;
  const pages = lastPage(total, perPage);
  if (total === 0) return null;
  return (
    <nav aria-label={pager.label} className="text-ink-faint flex flex-wrap items-center justify-between gap-3 text-sm">
      <p>
        {plural(total, words)}
        {pages > 1 && ` · ${pager.page(params.page, pages)}`}
      </p>
      <div className="flex gap-2">
        {params.page > 1 && (
          <Button asChild look="secondary" size="small">
            <Link href={listUrl(path, { ...params, page: params.page - 1 })} rel="prev">
              {pager.earlier}
            </Link>
          </Button>
        )}
        {params.page < pages && (
          <Button asChild look="secondary" size="small">
            <Link href={listUrl(path, { ...params, page: params.page + 1 })} rel="next">
              {pager.later}
            </Link>
          </Button>
        )}
      </div>
    </nav>
  );
}
