/** TanStack Query queries and optimistic mutations of comments. */
import { useMutation, useQuery, useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { createComment, deleteComment, getMe, listComments, updateComment } from '@/client/browser.gen';
import { getMeQueryKey, listCommentsQueryKey } from '@/client/@tanstack/react-query.gen';
import type { Comment, ThreadComment, User } from '@/client';
import { plainText } from '@/lib/plain-text';
import { failureOf, problemOf, type Result } from '@/lib/problems';
import { site } from '@/messages/public';

type Reason = keyof typeof site.comments.problems;

const PER_CALL = 100;

/** A failed call, with its message for the reader. */
export class CommentError extends Error {
  constructor(readonly reason: Reason) {
    super(site.comments.problems[reason]);
  }
}

/** Return the data of a call, or throw a `CommentError`. */
async function unwrap<R extends Result>(call: Promise<R>): Promise<NonNullable<R['data']>> {
  const result = await call;
  const failure = failureOf(result);
  if (failure === undefined) return result.data as NonNullable<R['data']>;
  if (failure === 'network') throw new CommentError('network');
  if (failure === 401) throw new CommentError('session');
  const code = problemOf<Result>(result)?.code ?? '';
  throw new CommentError(code in site.comments.problems ? (code as Reason) : 'unknown');
}

/** Return whether to repeat a query: refusals are final, a lost connection may come back. */
export const shouldRetry = (failures: number, error: Error) =>
  failures < 2 && error instanceof CommentError && ['network', 'unknown'].includes(error.reason);

const keyOf = (postId: string) => listCommentsQueryKey({ path: { post_id: postId } });

async function fetchAllComments(postId: string): Promise<ThreadComment[]> {
  const comments: ThreadComment[] = [];
  for (let after: string | undefined; ; after = comments.at(-1)?.cursor) {
    const found = await unwrap(listComments({ path: { post_id: postId }, query: { per_page: PER_CALL, after } }));
    comments.push(...found);
    if (found.length < PER_CALL) return comments;
  }
}

export const useThread = (postId: string) => useQuery({ queryKey: keyOf(postId), queryFn: () => fetchAllComments(postId) });

export const useMe = () => useQuery({ queryKey: getMeQueryKey(), queryFn: () => unwrap(getMe()), staleTime: Infinity });

/** Wait for the first response of a query, if it has been asked for and has not come. */
async function arrival(client: QueryClient, queryKey: QueryKey): Promise<void> {
  const query = client.getQueryCache().find({ queryKey });
  const { data, fetchStatus } = query?.state ?? {};
  if (data === undefined && fetchStatus === 'fetching') await query?.promise?.catch(() => {});
}

/** Apply `change` to the cached thread; return the thread before it, for a rollback. */
async function updateCachedThread(client: QueryClient, postId: string, change: (before: ThreadComment[]) => ThreadComment[]) {
  // Cancelled on its way, the thread would not be there to be changed.
  await Promise.all([arrival(client, keyOf(postId)), arrival(client, getMeQueryKey())]);
  await client.cancelQueries({ queryKey: keyOf(postId) });
  const before = client.getQueryData<ThreadComment[]>(keyOf(postId));
  client.setQueryData<ThreadComment[]>(keyOf(postId), (thread) => thread && change(thread));
  return before;
}

/** Mutation with an optimistic update of the thread, rolled back on error. */
function useOptimisticMutation<Input, Output>(
  postId: string,
  send: (input: Input) => Promise<Output>,
  change: (thread: ThreadComment[], input: Input) => ThreadComment[],
  repeatable: boolean,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    // A new comment is sent again by the client itself, with its key; another attempt would have another key, so the user
    // decides about it. Offline the mutation is paused.
    retry: repeatable ? shouldRetry : false,
    onMutate: (input: Input) => updateCachedThread(client, postId, (thread) => change(thread, input)),
    onError: (_error, _input, before) => void client.setQueryData(keyOf(postId), before),
    onSettled: () => client.invalidateQueries({ queryKey: keyOf(postId) }),
  });
}

/** Create a comment or a reply. Until the API has given it an id, its id is negative. */
export function useCreateComment(postId: string, parent?: ThreadComment) {
  const client = useQueryClient();
  const parent_id = parent?.id ?? null;
  const send = (body: string): Promise<Comment> =>
    unwrap(createComment({ path: { post_id: postId }, body: { body: plainText(body), parent_id } }));
  const me = () => client.getQueryData<User>(getMeQueryKey());
  return useOptimisticMutation(postId, send, (thread, body) => [...thread, unsaved(postId, me(), body, parent)], false);
}

function unsaved(post_id: string, me: User | undefined, body: string, parent?: ThreadComment): ThreadComment {
  const names = { id: me?.id ?? null, username: me?.username ?? null, display_name: me?.display_name ?? '' };
  const author = { ...names, avatar: me?.avatar ?? null };
  const place = { post_id, parent_id: parent?.id ?? null, depth: parent ? parent.depth + 1 : 0, cursor: '' };
  const created_at = new Date().toISOString();
  return { ...place, id: -Date.now(), deleted: false, author, body, body_html: null, created_at, edited_at: null };
}

export function useUpdateComment(postId: string, { id }: ThreadComment) {
  const send = (body: string) => unwrap(updateComment({ path: { post_id: postId, comment_id: id }, body: { body: plainText(body) } }));
  const change = (thread: ThreadComment[], body: string) =>
    thread.map((each) => (each.id === id ? { ...each, body, body_html: null } : each));
  return useOptimisticMutation(postId, send, change, true);
}

export function useDeleteComment(postId: string, { id }: ThreadComment) {
  const send = async () => {
    try {
      await unwrap(deleteComment({ path: { post_id: postId, comment_id: id } }));
    } catch (error) {
      // Already deleted, perhaps by an earlier attempt whose response was lost.
      if (!(error instanceof CommentError && error.reason === 'NOT_FOUND')) throw error;
    }
  };
  return useOptimisticMutation<void, void>(postId, send, (thread) => without(thread, id), true);
}

/** Remove the comment, or empty it if it has replies, as the API does. */
export function without(thread: ThreadComment[], id: number): ThreadComment[] {
  if (!thread.some((each) => each.parent_id === id)) return thread.filter((each) => each.id !== id);
  return thread.map((each) => (each.id === id ? { ...each, deleted: true, author: null, body: null, body_html: null } : each));
}
