/** Route handler that combines several API responses into one. */
import { listItems, listPosts } from '@/client';
import { problemResponse } from '@/session/requests';

export async function GET(): Promise<Response> {
  const [items, posts] = await Promise.all([
    listItems({ query: { per_page: 1 }, cache: 'no-store' }),
    listPosts({ query: { per_page: 1 }, cache: 'no-store' }),
  ]);
  if (!items.data || !posts.data) {
    return problemResponse(503, 'SERVICE_UNAVAILABLE', 'Service Unavailable', 'The API is temporarily unavailable. Try again later.', 5);
  }
  return Response.json({ items: total(items), newest: items.data[0] ?? null, posts: total(posts) });
}

const total = ({ response }: { response?: Response }) => Number(response?.headers.get('X-Total-Count'));
