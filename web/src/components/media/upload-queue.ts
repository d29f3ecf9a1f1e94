/** Uploads of several files: a few at a time, each with its progress and its error, cancelled and tried again one by one. */
import { IDEMPOTENCY_KEY, newKey } from '@/lib/idempotency';
import { problemOf, type Result, retryAfterSeconds } from '@/lib/problems';
import { refusedFile, uploadError } from '@/lib/upload-errors';
import { type Sent, uploadFetch } from '@/lib/upload-fetch';
import { messages } from '@/messages';

/** The API receives few at a time from each account, and more would not arrive sooner. */
const AT_ONCE = 2;
const BUSY_RETRY_S = 5;

/** Options of the generated client for the operation that takes a file. */
export type UploadOptions = { fetch: typeof fetch; signal: AbortSignal; headers: { 'Idempotency-Key': string } };

type State<T> =
  | { is: 'waiting' }
  | { is: 'sending'; sent: Sent }
  /** `isRefused`: it was not sent, and never will be. */
  | { is: 'failed'; error: string; isRefused: boolean }
  | { is: 'done'; data: T };

/** With its `key` a file is sent again after an error, and stored once. */
export type Upload<T> = { id: number; key: string; file: File } & State<T>;

/** Calls the operation with the file: `uploadMedia({ body: { file }, ...options })`. */
type Send<T> = (file: File, options: UploadOptions) => Promise<Result & { data?: T }>;
type Later = (call: () => void, ms: number) => void;

/** The files that were chosen in this page. Subscribe with `useSyncExternalStore`. */
export class UploadQueue<T> {
  #uploads: readonly Upload<T>[] = [];
  #number = 0;
  readonly #aborts = new Map<number, AbortController>();
  readonly #listeners = new Set<() => void>();
  readonly #receivers = new Set<(data: T) => void>();
  readonly #send: Send<T>;
  readonly #later: Later;

  /** `later` calls back after some time, when the server was busy. */
  constructor(send: Send<T>, later: Later = (call, ms) => void setTimeout(call, ms)) {
    this.#send = send;
    this.#later = later;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Tell `receiver` what the server made of each file. Return the function that ends it. */
  whenDone(receiver: (data: T) => void): () => void {
    this.#receivers.add(receiver);
    return () => void this.#receivers.delete(receiver);
  }

  snapshot = (): readonly Upload<T>[] => this.#uploads;

  /** Add files, and send them as soon as it is their turn. */
  add(files: Iterable<File>): void {
    const added = Array.from(files, (file): Upload<T> => {
      const id = (this.#number += 1);
      const [key, error] = [newKey(), refusedFile(file, '', Infinity)];
      return error ? { id, key, file, is: 'failed', error, isRefused: true } : { id, key, file, is: 'waiting' };
    });
    this.#set([...this.#uploads, ...added]);
    this.#startNext();
  }

  /** Cancel a file that is sent, or waits for it. */
  cancel(id: number): void {
    const abort = this.#aborts.get(id);
    if (abort) abort.abort();
    else this.#change(id, { is: 'failed', error: messages.upload.cancelled, isRefused: false });
  }

  retry(id: number): void {
    this.#change(id, { is: 'waiting' });
    this.#startNext();
  }

  /** Remove a file from the list, or all that are sent. */
  dismiss(id?: number): void {
    this.#set(this.#uploads.filter((each) => (id === undefined ? each.is !== 'done' : each.id !== id)));
  }

  /** Cancel what is sent, and send no more: the page is left. */
  stop(): void {
    this.#uploads = this.#uploads.filter(({ is }) => is !== 'waiting');
    for (const abort of this.#aborts.values()) abort.abort();
  }

  #startNext(): void {
    while (this.#aborts.size < AT_ONCE) {
      const next = this.#uploads.find(({ is }) => is === 'waiting');
      if (!next) return;
      void this.#upload(next);
    }
  }

  async #upload({ id, key, file }: Upload<T>): Promise<void> {
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    const show = (sent: Sent) => this.#change(id, { is: 'sending', sent });
    show({ bytes: 0, totalBytes: file.size });
    const result = await this.#send(file, { fetch: uploadFetch(show), signal: abort.signal, headers: { [IDEMPOTENCY_KEY]: key } });
    const error = abort.signal.aborted ? messages.upload.cancelled : await uploadError(result, file);
    this.#aborts.delete(id);
    if (!error) {
      const data = result.data as T;
      this.#change(id, { is: 'done', data });
      this.#receivers.forEach((receiver) => receiver(data));
    } else if (!abort.signal.aborted && problemOf(result)?.code === 'TOO_MANY_UPLOADS') {
      // Other uploads have to end first: another file would be refused as well.
      this.#change(id, { is: 'waiting' });
      this.#later(() => this.#startNext(), (retryAfterSeconds(result) ?? BUSY_RETRY_S) * 1000);
      return;
    } else this.#change(id, { is: 'failed', error, isRefused: false });
    this.#startNext();
  }

  #change(id: number, state: State<T>): void {
    this.#set(this.#uploads.map((each) => (each.id === id ? { id, key: each.key, file: each.file, ...state } : each)));
  }

  #set(uploads: readonly Upload<T>[]): void {
    this.#uploads = uploads;
    this.#listeners.forEach((listener) => listener());
  }
}
