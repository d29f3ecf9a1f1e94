/** How do an author's changes reach the service? One call at a time, and again until they have. */
import { archivePost, createPost, deletePost, getPost, publishPost, unpublishPost, updatePost } from '@/client/browser.gen';
import { client as browserClient } from '@/client/client.gen';
import type { Client } from '@/client/client';
import type { InputError, Post } from '@/client';
import { failureOf, fieldErrors, problemOf, retryAfterSeconds, type AnyProblem, type Result } from '@/lib/problems';
import { changesFromFields, FIELDS, type Field, type PostFields } from './post-fields';
import { initialState, isAutosaved, isUnsaved, reduce, retryDelayS, unsavedFields, type Event, type State } from './state';

/** How long nothing may be typed before a draft is saved. */
export const AUTOSAVE_DELAY_MS = 1500;

/** How many calls one saving may take: what is refused for one field goes again without it. */
const MAX_REQUESTS_PER_SAVE = 6;

export type StatusAction = 'publish' | 'unpublish' | 'archive' | 'trash';
/** How a change of state ended; `unsaved`: the text had to be saved first, and could not be. */
export type Outcome = 'done' | 'unsaved' | 'conflict' | 'unreachable' | AnyProblem;

const OPERATIONS = { publish: publishPost, unpublish: unpublishPost, archive: archivePost };

export type Options = {
  post?: Post;
  copy?: { base: PostFields; written: PostFields };
  /** The title of a post that was begun with its text. */
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

  /** Take what was typed; a draft is saved once nothing has been typed for a while. */
  edit(changes: Partial<PostFields>): void {
    if (!this.#state.theirs) this.#dispatch({ type: 'edited', changes });
  }

  /** Save now. Return whether the service has everything then. */
  async save(): Promise<boolean> {
    while (this.#inFlight) await this.#inFlight;
    if (this.#state.block === 'logged-out' || this.#state.block === 'rejected') this.#dispatch({ type: 'unblocked' });
    const wasPublic = !isAutosaved(this.#state);
    // What was typed while a call was on its way goes with the next one.
    for (let calls = 0; calls < MAX_REQUESTS_PER_SAVE && this.#canSave(); calls += 1) {
      await this.#sendOnce();
      // Somebody else published the draft meanwhile: what its readers see is for its author to say.
      if (this.#state.failures > 0 || (!wasPublic && !isAutosaved(this.#state))) break;
    }
    return !isUnsaved(this.#state);
  }

  /** Try again at once, where trying again is all that is missing. */
  retry(): void {
    const { failures, block } = this.#state;
    if (failures > 0 || block === 'logged-out') void this.save();
  }

  /** End a conflict with this text, and save it. */
  async resolve(written: PostFields): Promise<void> {
    this.#dispatch({ type: 'resolved', written });
    await this.save();
  }

  /** Bring back what was given up in a conflict. */
  restoreDiscarded(): void {
    this.#dispatch({ type: 'restored' });
  }

  /** Go on as a new post: the one that this was is gone. */
  continueAsNewPost(): void {
    this.#dispatch({ type: 'continued-as-new' });
  }

  /**
   * Publish the post as it stands here, all of it; or take it back. A draft is saved first in any case, and what
   * readers have is never changed in passing.
   */
  async changeStatus(action: StatusAction): Promise<Outcome> {
    const before = this.#state;
    if (action === 'publish' || isAutosaved(this.#state)) {
      const saved = await this.save();
      if (this.#hasConflictSince(before)) return 'conflict';
      if (!saved && action === 'publish') return 'unsaved';
    }
    const { post } = this.#state;
    if (!post) return 'unsaved';
    const call = { client: this.#client, path: { post_id: post.id }, headers: { 'If-Match': post.etag } };
    const result: Result = await (action === 'trash' ? deletePost(call) : OPERATIONS[action](call));
    if (failureOf(result) === undefined) {
      if (action !== 'trash') this.#dispatch({ type: 'saved', post: result.data as Post });
      return 'done';
    }
    const problem = problemOf(result);
    // The answer shows what state it is in by now, which may be the one that was wanted.
    if (problem?.status === 412 || problem?.status === 409) await this.#reload();
    if (problem?.status === 412) return 'conflict';
    return (problem as AnyProblem | undefined) ?? 'unreachable';
  }

  /** Tell whether there is by now something of somebody else's in the post that its author cannot have seen. */
  #hasConflictSince({ post, merged }: State): boolean {
    const now = this.#state;
    const isMoved = post !== undefined && now.post?.status !== post.status;
    return now.theirs !== undefined || (now.merged && !merged) || isMoved;
  }

  /** Nobody looks any more: send off what waits; its answer may come when it will. */
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
    const changes = changesFromFields(unsavedFields(this.#state), current);
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
    this.#dispatch(eventFromFailure(failure, result));
  }

  /** Read the post anew: somebody else changed it. */
  async #reload(): Promise<void> {
    const post_id = this.#state.post?.id ?? '';
    const result = await getPost({ client: this.#client, path: { post_id } });
    const failure = failureOf(result);
    if (failure === undefined) this.#dispatch({ type: 'conflict', theirs: result.data as Post });
    else this.#dispatch(eventFromFailure(failure, result));
  }
}

/** Return what a refusal means for the author's text. */
function eventFromFailure(failure: NonNullable<ReturnType<typeof failureOf>>, result: Result): Event {
  const problem = problemOf(result);
  if (failure === 401) return { type: 'blocked', block: 'logged-out' };
  if (failure === 403) return { type: 'blocked', block: 'forbidden' };
  if (failure === 404) return { type: 'blocked', block: 'gone' };
  if (problem?.code === 'SLUG_TAKEN') return { type: 'rejected', errors: { slug: problem.detail } };
  if (problem && failure === 400) {
    return { type: 'rejected', errors: byField(fieldErrors(problem as { errors?: InputError[] })) };
  }
  // Only the text can be as long as that.
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

