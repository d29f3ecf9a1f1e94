'use client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Notice } from '@/components/ui/notice';
import { site } from '@/messages/public';
import { CommentForm, focusComment } from './form';
import { Answers } from './frame';
import type { CommentedOn } from './gate';
import { LiveComment } from './live-comment';
import { useMe, useThread, useWriting, worthAnother } from './saving';
import { branches } from './tree';

type LiveProps = { post: CommentedOn; /** The comments as the server wrote them. */ children: React.ReactNode };

/** The comments for whoever is logged in. Loaded when they come near, and never for anybody else. */
export default function LiveComments(props: LiveProps) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: worthAnother } } }));
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
  const writing = useWriting(post.id, me);
  const path = `/posts/${post.slug}#comments`;
  return (
    <div className="grid gap-8">
      {thread.isError && <Notice tone="warn">{words.notLoaded}</Notice>}
      {!thread.data && children}
      {thread.data?.length === 0 && <p className="text-ink-soft">{words.none}</p>}
      {thread.data && thread.data.length > 0 && (
        <Answers top>
          {branches(thread.data).map((branch) => (
            <LiveComment key={branch.comment.id} branch={branch} post={post} me={me} path={path} />
          ))}
        </Answers>
      )}
      {post.isOpen ? (
        <CommentForm label={words.yourComment} submit={words.send} saving={writing} path={path} onSaved={focusComment} />
      ) : (
        <p className="text-ink-faint text-sm">{words.closed}</p>
      )}
    </div>
  );
}
