import type { PostAuthor } from '@/client';
import { AuthorName } from '@/components/article-author';
import { Avatar } from '@/components/avatar';
import { messages } from '@/messages';

/** Who wrote a post, at its end. */
export function AuthorBox({ author, bio }: { author: PostAuthor; bio?: string }) {
  return (
    <section aria-label={messages.site.author} className="border-line mt-10 flex gap-4 border-t pt-8 sm:gap-5 print:hidden">
      <Avatar author={author} size={64} />
      <div className="grid min-w-0 content-center gap-1">
        <p className="text-ink-faint text-sm">{messages.site.post.writtenBy}</p>
        <p className="wrap-anywhere">
          <AuthorName author={author} className="font-serif text-xl font-semibold hover:underline" />
        </p>
        {bio && <p className="text-ink-soft mt-1 line-clamp-4 leading-relaxed wrap-anywhere whitespace-pre-line">{bio}</p>}
      </div>
    </section>
  );
}
