import Link from 'next/link';
import type { MediaUse } from '@/client';
import { messages } from '@/messages';

const { uses: words } = messages.media.one;
const linkLook = 'font-medium underline underline-offset-4';

/** Links to the posts and accounts that use a file. */
export function Uses({ uses }: { uses: MediaUse[] }) {
  if (uses.length === 0) return <p className="text-ink-soft text-sm">{words.none}</p>;
  return (
    <ul className="grid gap-2 text-sm">
      {uses.map((use, at) => (
        <li key={at} className="break-words">
          <Place use={use} /> <span className="text-ink-soft">{words.of(words.roles[use.role])}</span>
        </li>
      ))}
    </ul>
  );
}

function Place({ use: { post, user } }: { use: MediaUse }) {
  if (user) {
    return (
      <Link href={`/authors/${user.username}`} prefetch={false} className={linkLook}>
        {user.display_name}
      </Link>
    );
  }
  if (!post) return words.hidden;
  // One in the trash has no page until it is restored.
  return (
    <>
      <Link href={post.is_in_trash ? '/studio/trash' : `/studio/posts/${post.id}`} prefetch={false} className={linkLook}>
        {post.title}
      </Link>
      {post.is_in_trash && ` ${words.trash}`}
    </>
  );
}
