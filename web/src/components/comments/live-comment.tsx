import { useEffect, useState } from 'react';
import type { ThreadComment, User } from '@/client';
import { Button } from '@/components/ui/button';
import { site } from '@/messages/public';
import { CommentForm, focusComment, Refused } from './form';
import { Answers, CommentFrame } from './frame';
import type { CommentedOn } from './gate';
import { markup } from './markup';
import { DEEPEST, mayDelete, mayEdit } from './rules';
import { useDeleting, useEditing, useWriting } from './saving';
import type { Branch } from './tree';

type LiveCommentProps = { branch: Branch; post: CommentedOn; me: User | undefined; path: string };

/** One comment with what this reader may do about it, and the answers to it. */
export function LiveComment({ branch: { comment, answers }, post, me, path }: LiveCommentProps) {
  const { comments: words } = site;
  const [doing, setDoing] = useState<'answering' | 'editing'>();
  const done = () => setDoing(undefined);
  const answering = useWriting(post.id, me, comment);
  const editing = useEditing(post.id, comment);
  const body =
    doing === 'editing' ? (
      <CommentForm
        label={words.yourComment}
        submit={words.save}
        saving={editing}
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
      {doing === 'answering' && (
        <div className="ps-3 pb-4 sm:ps-6">
          <CommentForm
            label={words.yourAnswer(comment.author?.display_name ?? '')}
            submit={words.answer}
            saving={answering}
            path={path}
            onSaved={(answer) => {
              done();
              focusComment(answer);
            }}
            onCancel={done}
          />
        </div>
      )}
      {answers.length > 0 && (
        <Answers>
          {answers.map((branch) => (
            <LiveComment key={branch.comment.id} branch={branch} post={post} me={me} path={path} />
          ))}
        </Answers>
      )}
    </CommentFrame>
  );
}

/** As HTML once the service has made it, until then as it was typed. */
function Body({ comment: { body, body_html } }: { comment: ThreadComment }) {
  if (body_html === null) return <p className="prose prose-small whitespace-pre-line">{body}</p>;
  return <div className="prose prose-small">{markup(body_html)}</div>;
}

type ActionsProps = {
  comment: ThreadComment;
  post: CommentedOn;
  me: User;
  path: string;
  onDo: (what: 'answering' | 'editing') => void;
};

function Actions({ comment, post, me, path, onDo }: ActionsProps) {
  const { comments: words } = site;
  const [isSure, setSure] = useState(false);
  const deleting = useDeleting(post.id, comment);
  const now = useNow();
  const act = (label: string, onClick: () => void, look: 'quiet' | 'danger' = 'quiet') => (
    <Button type="button" look={look} size="small" className={look === 'quiet' ? 'px-2' : undefined} onClick={onClick}>
      {label}
    </Button>
  );
  return (
    <>
      {deleting.isError && <Refused error={deleting.error} path={path} />}
      <div className="-ms-2 flex flex-wrap items-center gap-1">
        {isSure ? (
          <>
            <span className="ms-2 me-2 text-sm">{words.deleteReally}</span>
            {act(words.delete, () => deleting.mutate(), 'danger')}
            {act(words.keep, () => setSure(false))}
          </>
        ) : (
          <>
            {post.isOpen && comment.depth < DEEPEST && act(words.answer, () => onDo('answering'))}
            {mayEdit(me, comment, now) && act(words.edit, () => onDo('editing'))}
            {mayDelete(me, comment, post.authorId) && act(words.delete, () => setSure(true))}
          </>
        )}
      </div>
    </>
  );
}

/** The time, told again every half minute: what may be edited now may not be soon. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
