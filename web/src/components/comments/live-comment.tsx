import { useEffect, useState } from 'react';
import type { ThreadComment, User } from '@/client';
import { Button } from '@/components/ui/button';
import { site } from '@/messages/public';
import { CommentErrorNotice, CommentForm, focusComment } from './form';
import { CommentFrame, Replies } from './frame';
import { htmlToReact } from './html-to-react';
import { useCreateComment, useDeleteComment, useUpdateComment } from './mutations';
import { canDelete, canEdit, MAX_DEPTH, type PostRef } from './permissions';
import type { CommentNode } from './tree';

type LiveCommentProps = { node: CommentNode; post: PostRef; me: User | undefined; path: string };

/** One interactive comment with its replies. */
export function LiveComment({ node: { comment, replies }, post, me, path }: LiveCommentProps) {
  const { comments: words } = site;
  const [doing, setDoing] = useState<'replying' | 'editing'>();
  const done = () => setDoing(undefined);
  const replying = useCreateComment(post.id, comment);
  const editing = useUpdateComment(post.id, comment);
  const body =
    doing === 'editing' ? (
      <CommentForm
        label={words.yourComment}
        submit={words.save}
        mutation={editing}
        initial={comment.body ?? ''}
        path={path}
        onSaved={done}
        onCancel={done}
      />
    ) : (
      <Body comment={comment} />
    );
  return (
    <CommentFrame
      comment={comment}
      body={body}
      actions={me && comment.id > 0 && !doing && <Actions comment={comment} post={post} me={me} path={path} onDo={setDoing} />}
    >
      {doing === 'replying' && (
        <div className="ps-3 pb-4 sm:ps-6">
          <CommentForm
            label={words.yourReply(comment.author?.display_name ?? '')}
            submit={words.reply}
            mutation={replying}
            path={path}
            onSaved={(reply) => {
              done();
              focusComment(reply);
            }}
            onCancel={done}
          />
        </div>
      )}
      {replies.length > 0 && (
        <Replies>
          {replies.map((node) => (
            <LiveComment key={node.comment.id} node={node} post={post} me={me} path={path} />
          ))}
        </Replies>
      )}
    </CommentFrame>
  );
}

/** The rendered HTML; as plain text until the API has rendered it. */
function Body({ comment: { body, body_html } }: { comment: ThreadComment }) {
  if (body_html === null) return <p className="prose prose-small whitespace-pre-line">{body}</p>;
  return <div className="prose prose-small">{htmlToReact(body_html)}</div>;
}

type ActionsProps = {
  comment: ThreadComment;
  post: PostRef;
  me: User;
  path: string;
  onDo: (what: 'replying' | 'editing') => void;
};

function Actions({ comment, post, me, path, onDo }: ActionsProps) {
  const { comments: words } = site;
  const [isSure, setSure] = useState(false);
  const deleting = useDeleteComment(post.id, comment);
  const now = useNow();
  const act = (label: string, onClick: () => void, look: 'quiet' | 'danger' = 'quiet') => (
    <Button type="button" look={look} size="small" className={look === 'quiet' ? 'px-2' : undefined} onClick={onClick}>
      {label}
    </Button>
  );
  return (
    <>
      {deleting.isError && <CommentErrorNotice error={deleting.error} path={path} />}
      <div className="-ms-2 flex flex-wrap items-center gap-1">
        {isSure ? (
          <>
            <span className="ms-2 me-2 text-sm">{words.confirmDelete}</span>
            {act(words.delete, () => deleting.mutate(), 'danger')}
            {act(words.cancelDelete, () => setSure(false))}
          </>
        ) : (
          <>
            {post.isOpen && comment.depth < MAX_DEPTH && act(words.reply, () => onDo('replying'))}
            {canEdit(me, comment, now) && act(words.edit, () => onDo('editing'))}
            {canDelete(me, comment, post.authorId) && act(words.delete, () => setSure(true))}
          </>
        )}
      </div>
    </>
  );
}

/** The time, updated every 30 s: the edit window of a comment closes. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
