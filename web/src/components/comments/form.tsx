import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import type { UseMutationResult } from '@tanstack/react-query';
import { Button } from '@/components/ui/button';
import { TextArea } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { RULES } from '@/lib/input-rules';
import { site } from '@/messages/public';
import { CommentError } from './mutations';

type FormProps<Output> = {
  label: string;
  submit: string;
  mutation: UseMutationResult<Output, Error, string, unknown>;
  initial?: string;
  /** Path to return to after logging in. */
  path: string;
  onSaved?: (output: Output) => void;
  onCancel?: () => void;
};

/** Form of a comment. The text stays until it is saved. */
export function CommentForm<Output>({ label, submit, mutation, initial = '', path, onSaved, onCancel }: FormProps<Output>) {
  const { comments } = site;
  const [text, setText] = useState(initial);
  const [isEmpty, setEmpty] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (onCancel) form.current?.querySelector('textarea')?.focus();
    // Only on mount: a form that opens on a click takes the focus.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  function send(event?: React.FormEvent) {
    event?.preventDefault();
    setEmpty(!text.trim());
    if (!text.trim() || mutation.isPending) return;
    mutation.mutate(text, {
      onSuccess: (output) => {
        setText('');
        onSaved?.(output);
      },
    });
  }

  return (
    <form ref={form} onSubmit={send} className="grid gap-3">
      <TextArea
        label={label}
        value={text}
        {...RULES.comment}
        hint={comments.hint}
        error={isEmpty ? comments.empty : undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && (event.metaKey || event.ctrlKey) && send()}
      />
      {mutation.isPaused && <Notice tone="warn">{comments.offline}</Notice>}
      {mutation.isError && <CommentErrorNotice error={mutation.error} path={path} />}
      <div className="flex gap-2">
        <Button type="submit" size="small" disabled={mutation.isPending}>
          {mutation.isPending ? comments.sending : mutation.isError ? comments.again : submit}
        </Button>
        {onCancel && (
          <Button type="button" look="quiet" size="small" onClick={onCancel} disabled={mutation.isPending}>
            {comments.cancel}
          </Button>
        )}
      </div>
    </form>
  );
}

/** Error message of a mutation, with a link to log in if the session has ended. */
export function CommentErrorNotice({ error, path }: { error: Error; path: string }) {
  const { comments, logIn } = site;
  const commentError = error instanceof CommentError ? error : new CommentError('unknown');
  return (
    <Notice tone="bad">
      {comments.problems[commentError.reason]}{' '}
      {commentError.reason === 'session' && (
        <Link href={`/login?next=${encodeURIComponent(path)}`} className="font-medium underline">
          {logIn}
        </Link>
      )}
    </Notice>
  );
}

/** Move the focus to a saved comment, once it is rendered. */
export function focusComment({ id }: { id: number }) {
  setTimeout(() => document.getElementById(`comment-${id}`)?.focus(), 100);
}
