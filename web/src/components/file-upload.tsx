'use client';
import { useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { buttonLook } from '@/components/ui/button-look';
import { Notice } from '@/components/ui/notice';
import { cn } from '@/lib/classes';
import { IDEMPOTENCY_KEY, newKey } from '@/lib/idempotency';
import type { Result } from '@/lib/problems';
import { refusedFile, uploadError } from '@/lib/upload-errors';
import { type Sent, uploadFetch } from '@/lib/upload-fetch';
import { fileLimit, fileSize, messages, percent } from '@/messages';

const { upload: words } = messages;

/** Options of the generated client for the operation that takes the file. */
export type UploadOptions = { fetch: typeof fetch; signal: AbortSignal; headers: { 'Idempotency-Key': string } };

type State =
  | { is: 'choosing'; error?: string }
  | { is: 'sending'; sent: Sent; abort: AbortController }
  | { is: 'failed'; error: string }
  | { is: 'done' };

type FileUploadProps<R extends Result> = {
  label: string;
  hint?: string;
  /** The types of file, as in the attribute of the same name: `.zip`. All, unless it is given. */
  accept?: string;
  /** The limit of the operation; a larger file is not sent at all. Without it, the server says what is too large. */
  maxBytes?: number;
  submit?: string;
  /** Calls the operation with the file and the values of `children`: `createImport({ body: { archive: file }, ...options })`. */
  send: (file: File, form: FormData, options: UploadOptions) => Promise<R>;
  onDone: (data: NonNullable<R['data']>, result: R) => void;
  /** More fields of the form. */
  children?: React.ReactNode;
};

/** A form that uploads one file, chosen or dropped, with its progress; it can be cancelled and tried again. */
export function FileUpload<R extends Result>({ label, hint, accept = '', maxBytes = Infinity, submit, send, onDone, children }: FileUploadProps<R>) {
  const [file, setFile] = useState<File>();
  const [state, setState] = useState<State>({ is: 'choosing' });
  const isSending = state.is === 'sending';
  const submission = useRef<Submission>(undefined);
  useLeaveWarning(isSending ? state.abort : undefined);

  function choose(files: FileList | null) {
    const chosen = files?.[0];
    if (!chosen || isSending) return;
    const error = files.length > 1 ? words.one : refusedFile(chosen, accept, maxBytes);
    setFile(error ? undefined : chosen);
    setState({ is: 'choosing', error });
  }

  async function start(form: HTMLFormElement) {
    if (isSending) return;
    if (!file) {
      setState({ is: 'choosing', error: words.chooseFirst });
      return;
    }
    const abort = new AbortController();
    const show = (sent: Sent) => setState({ is: 'sending', sent, abort });
    show({ bytes: 0, totalBytes: file.size });
    const values = new FormData(form);
    submission.current = submissionOf(file, values, submission.current);
    const headers = { [IDEMPOTENCY_KEY]: submission.current.key };
    const result = await send(file, values, { fetch: uploadFetch(show), signal: abort.signal, headers });
    const error = abort.signal.aborted ? words.cancelled : await uploadError(result, file);
    setState(error ? { is: 'failed', error } : { is: 'done' });
    if (!error) {
      submission.current = undefined;
      setFile(undefined);
      onDone(result.data as NonNullable<R['data']>, result);
    }
  }

  return (
    <form
      className="grid min-w-0 gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void start(event.currentTarget);
      }}
    >
      <FilePicker label={label} hint={hint ?? (Number.isFinite(maxBytes) ? words.limit(fileLimit(maxBytes)) : undefined)} accept={accept} disabled={isSending} file={file} onChoose={choose}>
        {file && !isSending && (
          <Button look="quiet" size="small" onClick={() => { setFile(undefined); setState({ is: 'choosing' }); }} type="button">
            {words.remove}
          </Button>
        )}
      </FilePicker>
      {/* Values of disabled fields are not in the form's data: they are read before. */}
      <fieldset disabled={isSending} className="contents">
        {children}
      </fieldset>
      {isSending && <Progress {...state.sent} />}
      {(state.is === 'choosing' || state.is === 'failed') && state.error && <Notice tone="bad">{state.error}</Notice>}
      <div className="flex flex-wrap gap-2">
        {isSending ? (
          <Button look="secondary" type="button" onClick={() => state.abort.abort()}>
            {words.cancel}
          </Button>
        ) : (
          <Button type="submit">{state.is === 'failed' && file ? words.retry : (submit ?? words.submit)}</Button>
        )}
      </div>
    </form>
  );
}

/** What was sent last, and its key: sent again after an error, it is stored once. */
type Submission = { file: File; fields: string; key: string };

function submissionOf(file: File, values: FormData, last: Submission | undefined): Submission {
  const fields = JSON.stringify([...values].filter(([, value]) => typeof value === 'string'));
  return last?.file === file && last.fields === fields ? last : { file, fields, key: newKey() };
}

type FilePickerProps = {
  label: string;
  hint?: string;
  accept: string;
  disabled: boolean;
  file: File | undefined;
  onChoose: (files: FileList | null) => void;
  children: React.ReactNode;
};

/** The place for a file: a button that opens the browser's dialog, around which a file can be dropped. */
function FilePicker({ label, hint, accept, disabled, file, onChoose, children }: FilePickerProps) {
  const id = useId();
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  function take(picked: HTMLInputElement) {
    if (!picked.files?.length) return;
    onChoose(picked.files);
    picked.value = ''; // The same file can be chosen again, when it has changed.
  }

  // A file may be chosen before the page's script runs.
  const takeEarly = useEffectEvent(() => input.current && take(input.current));
  useEffect(() => {
    takeEarly();
  }, []);

  return (
    <div className="grid gap-1.5">
      <span id={`${id}-label`} className="text-sm font-medium">{label}</span>
      <div
        data-over={isOver || undefined}
        className={cn(
          'border-line-strong/60 bg-surface grid min-w-0 justify-items-center gap-3 rounded-lg border border-dashed px-4 py-6 text-center text-sm',
          'data-over:border-accent data-over:bg-sunken has-focus-visible:border-accent',
          disabled && 'opacity-60',
        )}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(!disabled);
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          if (!disabled) onChoose(event.dataTransfer.files);
        }}
      >
        {file && (
          <p className="w-full min-w-0 break-words" aria-live="polite">
            <span className="font-medium">{file.name}</span> <span className="text-ink-soft">{fileSize(file.size)}</span>
          </p>
        )}
        <div className="flex flex-wrap justify-center gap-2">
          <label htmlFor={id} className={cn(buttonLook('secondary', 'small'), 'has-focus-visible:outline-2 has-focus-visible:outline-accent', disabled ? '' : 'cursor-pointer')}>
            {words.choose}
            <input
              ref={input}
              id={id}
              type="file"
              accept={accept || undefined}
              disabled={disabled}
              className="sr-only"
              aria-labelledby={`${id}-label`}
              aria-describedby={hint && `${id}-hint`}
              onChange={(event) => take(event.currentTarget)}
            />
          </label>
          {children}
        </div>
        {!file && <p className="text-ink-soft">{isOver ? words.dropNow : words.drop}</p>}
      </div>
      {hint && <p id={`${id}-hint`} className="text-ink-faint text-sm">{hint}</p>}
    </div>
  );
}

function Progress({ bytes, totalBytes }: Sent) {
  const part = totalBytes ? Math.min(bytes / totalBytes, 1) : 0;
  const isSent = totalBytes > 0 && bytes >= totalBytes;
  const text = isSent ? words.processing : words.sent(fileSize(bytes), fileSize(totalBytes), percent(part));
  return (
    <div className="grid gap-1.5">
      <progress
        aria-label={words.progress}
        aria-valuetext={text}
        max={1}
        value={isSent ? undefined : part}
        className="bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent h-1.5 w-full appearance-none overflow-hidden rounded-full"
      />
      <p className="text-ink-soft text-sm" role={isSent ? 'status' : undefined}>{text}</p>
    </div>
  );
}

/** Ask before the page is left while a file is sent; a page that is left without that cancels it. */
function useLeaveWarning(abort: AbortController | undefined) {
  useEffect(() => {
    if (!abort) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [abort]);
  const sending = useRef<AbortController>(undefined);
  useEffect(() => {
    sending.current = abort;
  }, [abort]);
  useEffect(() => () => sending.current?.abort(), []);
}
