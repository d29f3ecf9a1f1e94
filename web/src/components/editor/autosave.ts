/** Autosave store of the editor: debounced saves one at a time, retries with backoff, optimistic concurrency. */
import {
  archivePost, createPost, deletePost, getPost, publishPost, schedulePost, unpublishPost, unschedulePost, updatePost,
} from '@/client/browser.gen';
import { client as browserClient } from '@/client/client.gen';
import type { Client } from '@/client/client';
import type { InputError, Post } from '@/client';
import { failureOf, fieldErrors, problemOf, retryAfterSeconds, type AnyProblem, type Result } from '@/lib/problems';
import { changesFromFields, FIELDS, type Field, type PostFields } from './post-fields';
import { initialState, isAutosaved, isUnsaved, reduce, retryDelayS, unsavedFields, type Event, type State } from './state';

/** Pause in typing after which a draft is saved. */
export const AUTOSAVE_DELAY_MS = 1500;

/** Maximum of requests per save: after a rejected field the others are sent again. */
const MAX_REQUESTS_PER_SAVE = 6;

export type StatusAction = 'publish' | 'schedule' | 'unschedule' | 'unpublish' | 'archive' | 'redate' | 'trash';
/** Result of a status action; `unsaved`: the changes could not be saved first. */
export type Outcome = 'done' | 'unsaved' | 'conflict' | 'unreachable' | AnyProblem;

/** Readers get the post as it stands here, so all of it must be saved. */
const NEEDS_SAVED: StatusAction[] = ['publish', 'schedule'];

export type Options = {
  post?: Post;
  copy?: { base: PostFields; written: PostFields };
  /** Title for a post that has none yet. */
  untitled: string;
  client?: Client;
};

export class AutosaveStore {
  #state: State;
  #listeners = new Set<() => void>();
  #timer?: ReturnType<typeof setTimeout>;
  #inFlight?: Promise<void>;
  readonly #client: Client;
  readonly #untitled: string;

  constructor({ post, copy, untitled, client = browserClient }: Options) {
    this.#state = initialState(post, copy);
    this.#client = client;
    this.#untitled = untitled;
  }

  readonly snapshot = (): State => this.#state;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#flushOnLeave();
    };
  };

  /** Apply changes of the user; a draft is saved after a pause. */
  edit(changes: Partial<PostFields>): void {
    if (!this.#state.theirs) this.#dispatch({ type: 'edited', changes });
  }

  /** Save now. Return whether everything is saved. */
  async save(): Promise<boolean> {
    while (this.#inFlight) await this.#inFlight;
    if (this.#state.block === 'logged-out' || this.#state.block === 'rejected') this.#dispatch({ type: 'unblocked' });
    const wasPublic = !isAutosaved(this.#state);
    // Changes made while a request is in flight go with the next one.
    for (let calls = 0; calls < MAX_REQUESTS_PER_SAVE && this.#canSave(); calls += 1) {
      await this.#sendOnce();
      // Somebody else has published the draft meanwhile: changes that readers would see need a click.
      if (this.#state.failures > 0 || (!wasPublic && !isAutosaved(this.#state))) break;
    }
    return !isUnsaved(this.#state);
  }

  /** Retry now after failed requests, or after logging in again. */
  retry(): void {
    const { failures, block } = this.#state;
    if (failures > 0 || block === 'logged-out') void this.save();
  }

  /** Resolve a conflict with these fields, and save them. */
  async resolve(written: PostFields): Promise<void> {
    this.#dispatch({ type: 'resolved', written });
    await this.save();
  }

  /** Swap the current fields with those that were discarded in a conflict. */
  restoreDiscarded(): void {
    this.#dispatch({ type: 'restored' });
  }

  /** Continue as a new post after this one was deleted. */
  continueAsNewPost(): void {
    this.#dispatch({ type: 'continued-as-new' });
  }

  /** Read the post again: its time has come, and it may be published. What is unsaved stays. */
  async refresh(): Promise<void> {
    while (this.#inFlight) await this.#inFlight;
    if (!this.#state.block && !this.#state.theirs) await this.#reload();
  }

  /**
   * Publish the post as it stands here, all of it, now or at `instant`; or take it back. A draft is saved first in any
   * case, and what readers have is never changed in passing.
   */
  async changeStatus(action: StatusAction, instant?: string): Promise<Outcome> {
    const before = this.#state;
    if (NEEDS_SAVED.includes(action) || isAutosaved(this.#state)) {
      const saved = await this.save();
      if (this.#hasConflictSince(before)) return 'conflict';
      if (!saved && NEEDS_SAVED.includes(action)) return 'unsaved';
    }
    const { post } = this.#state;
    if (!post) return 'unsaved';
    const call = { client: this.#client, path: { post_id: post.id }, headers: { 'If-Match': post.etag } };
    const result: Result = await OPERATIONS[action](call, instant);
    if (failureOf(result) === undefined) {
      if (action !== 'trash') this.#dispatch({ type: 'saved', post: result.data as Post });
      return 'done';
    }
    const problem = problemOf(result);
    // Show the current status, which may already be the requested one.
    if (problem?.status === 412 || problem?.status === 409) await this.#reload();
    if (problem?.status === 412) return 'conflict';
    return (problem as AnyProblem | undefined) ?? 'unreachable';
  }

  /** Return whether the post has changes of somebody else that the user has not seen yet. */
  #hasConflictSince({ post, merged }: State): boolean {
    const now = this.#state;
    const isMoved = post !== undefined && now.post?.status !== post.status;
    return now.theirs !== undefined || (now.merged && !merged) || isMoved;
  }

  /** Send what is unsaved when the editor is closed, without waiting for the response. */
  #flushOnLeave(): void {
    clearTimeout(this.#timer);
    if (isAutosaved(this.#state) && this.#canSave()) void this.save();
  }

  #dispatch(event: Event): void {
    this.#state = reduce(this.#state, event);
    this.#listeners.forEach((listener) => listener());
    this.#schedule();
  }

  #canSave(): boolean {
    const { theirs, block, sent } = this.#state;
    return !theirs && !block && !sent && unsavedFields(this.#state).length > 0;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#canSave() || this.#listeners.size === 0) return;
    if (this.#state.failures > 0) this.#timer = setTimeout(() => void this.save(), retryDelayS(this.#state) * 1000);
    else if (isAutosaved(this.#state)) this.#timer = setTimeout(() => void this.save(), AUTOSAVE_DELAY_MS);
  }

  #sendOnce(): Promise<void> {
    this.#inFlight = this.#send().finally(() => (this.#inFlight = undefined));
    return this.#inFlight;
  }

  async #send(): Promise<void> {
    const { post, current } = this.#state;
    const fields = unsavedFields(this.#state);
    const changes = changesFromFields(fields, current);
    this.#dispatch({ type: 'sent' });
    const result: Result = post
      ? await updatePost({
          client: this.#client, path: { post_id: post.id }, headers: { 'If-Match': post.etag }, body: changes,
        })
      : await createPost({
          client: this.#client,
          body: { ...changes, title: current.title.trim() ? current.title : this.#untitled, body: current.body },
        });
    const failure = failureOf(result);
    if (failure === undefined) return this.#dispatch({ type: 'saved', post: result.data as Post });
    if (failure === 412) return this.#reload();
    this.#dispatch(eventFromFailure(failure, result, fields));
  }

  /** Reload the post after somebody else changed it. */
  async #reload(): Promise<void> {
    const post_id = this.#state.post?.id ?? '';
    const result = await getPost({ client: this.#client, path: { post_id } });
    const failure = failureOf(result);
    if (failure === undefined) this.#dispatch({ type: 'conflict', theirs: result.data as Post });
    else this.#dispatch(eventFromFailure(failure, result));
  }
}

type Call = { client: Client; path: { post_id: string }; headers: { 'If-Match': string } };

const publish = (call: Call, published_at?: string) => publishPost({ ...call, body: published_at ? { published_at } : undefined });

const OPERATIONS: Record<StatusAction, (call: Call, instant?: string) => Promise<Result>> = {
  publish,
  redate: publish,
  schedule: (call, publish_at = '') => schedulePost({ ...call, body: { publish_at } }),
  unschedule: (call) => unschedulePost(call),
  unpublish: (call) => unpublishPost(call),
  archive: (call) => archivePost(call),
  trash: (call) => deletePost(call),
};

/** Return the event for a failed request. */
function eventFromFailure(failure: NonNullable<ReturnType<typeof failureOf>>, result: Result, sent: Field[] = []): Event {
  const problem = problemOf(result);
  if (failure === 401) return { type: 'blocked', block: 'logged-out' };
  if (failure === 403) return { type: 'blocked', block: 'forbidden' };
  if (failure === 404) return { type: 'blocked', block: 'gone' };
  if (problem?.code === 'SLUG_TAKEN') return { type: 'rejected', errors: { slug: problem.detail } };
  if (problem && ['IMAGE_NOT_FOUND', 'MEDIA_NOT_IMAGE'].includes(problem.code)) {
    // It does not say which of the two.
    const pictures = sent.filter((field) => field === 'cover_id' || field === 'card_id');
    return { type: 'rejected', errors: Object.fromEntries(pictures.map((field) => [field, problem.detail])) };
  }
  if (problem && failure === 400) {
    return { type: 'rejected', errors: byField(fieldErrors(problem as { errors?: InputError[] })) };
  }
  // Only the body can be that long.
  if (failure === 413) return { type: 'rejected', errors: { body: problem?.detail ?? '' } };
  if (failure === 'contract' || (typeof failure === 'number' && failure < 500 && failure !== 429)) {
    return { type: 'blocked', block: 'rejected' };
  }
  return { type: 'failed', retryAfterS: retryAfterSeconds(result) };
}

/** `tags.0` concerns `tags`. */
function byField(errors: Record<string, string>): Partial<Record<Field, string>> {
  const known = Object.entries(errors).map(([name, message]) => [name.split('.')[0], message] as const);
  return Object.fromEntries(known.filter(([name]) => FIELDS.includes(name as Field)));
}

