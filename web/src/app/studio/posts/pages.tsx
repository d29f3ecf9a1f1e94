import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { messages, plural } from '@/messages';
import { PER_PAGE, postListUrl, type PostListParams } from './list-params';

/** Total and pagination links. */
export function Pages({ params, total, shown }: { params: PostListParams; total: number; shown: number }) {
  const { posts } = messages.studio;
  const pages = Math.ceil(total / PER_PAGE);
  if (total === 0 || shown === 0) return null;
  return (
    <nav aria-label={posts.pages} className="text-ink-faint flex items-center justify-between gap-3 text-sm">
      <p>
        {plural(total, posts.shown)}
        {pages > 1 && ` · ${posts.page(params.page, pages)}`}
      </p>
      <div className="flex gap-2">
        {params.page > 1 && (
          <Button asChild look="secondary" size="small">
            <Link href={postListUrl(params, { page: params.page - 1 })} rel="prev">{posts.earlier}</Link>
          </Button>
        )}
        {params.page < pages && (
          <Button asChild look="secondary" size="small">
            <Link href={postListUrl(params, { page: params.page + 1 })} rel="next">{posts.later}</Link>
          </Button>
        )}
      </div>
    </nav>
  );
}
