import type { PostAuthor } from '@/client';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';

/** Name of an author, linked to the author's page unless the account is deleted. */
export function AuthorName({ author, className }: { author: PostAuthor; className?: string }) {
  if (!author.username) return <span className={className?.replace('hover:underline', '')}>{author.display_name}</span>;
  return (
    <HoverPrefetchLink href={`/authors/${author.username}`} rel="author" className={className}>
      {author.display_name}
    </HoverPrefetchLink>
  );
}
