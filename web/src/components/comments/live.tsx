'use client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Notice } from '@/components/ui/notice';
import { site } from '@/messages/public';
import { CommentForm, focusComment } from './form';
import { Replies } from './frame';
import { LiveComment } from './live-comment';
import { shouldRetry, useCreateComment, useMe, useThread } from './mutations';
import type { PostRef } from './permissions';
import { buildCommentTree } from './tree';

type LiveProps = { post: PostRef; /** The comments as the server wrote them. */ children: React.ReactNode };

/** Interactive comments for logged-in readers; loaded by lazy-comments.tsx. */
export default function LiveComments(props: LiveProps) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: shouldRetry } } }));
  return (
    <QueryClientProvider client={client}>
      <Live {...props} />
    </QueryClientProvider>
  );
}

function Live({ post, children }: LiveProps) {
  const { comments: words } = site;
  const { data: me } = useMe();
  const thread = useThread(post.id);
  const writing = useCreateComment(post.id);
  const path = `/posts/${post.slug}#comments`;
  return (
    <div className="grid gap-8">
      {thread.isError && <Notice tone="warn">{words.notLoaded}</Notice>}
      {!thread.data && children}
      {thread.data?.length === 0 && <p className="text-ink-soft">{words.none}</p>}
      {thread.data && thread.data.length > 0 && (
        <Replies top>
          {buildCommentTree(thread.data).map((node) => (
            <LiveComment key={node.comment.id} node={node} post={post} me={me} path={path} />
          ))}
        </Replies>
      )}
      {post.isOpen ? (
        <CommentForm label={words.yourComment} submit={words.send} mutation={writing} path={path} onSaved={focusComment} />
      ) : (
        <p className="text-ink-faint text-sm">{words.closed}</p>
      )}
    </div>
  );
}
