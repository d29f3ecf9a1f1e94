/**
 * Receives the events of the service (Standard Webhooks) and makes the pages fresh that they change: what the worker, a
 * command or another client of the API has changed did not pass through this server. Off without `REVALIDATE_SECRET`.
 */
import { revalidateTag } from 'next/cache';
import { ZodError } from 'zod';
import { eventSchema, tagsOfEvent } from '@/api/event-tags';
import { problemResponse, readBody } from '@/session/requests';
import { isSignedWebhook, revalidateKey } from '@/session/webhook-signature';

/** An event names one post with its tags. */
const MAX_BODY_BYTES = 64 * 1024;

export async function POST(request: Request): Promise<Response> {
  const key = revalidateKey();
  if (!key) return problemResponse(404, 'NOT_FOUND', 'Not Found', 'The resource does not exist.');
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === 'too large') {
    return problemResponse(413, 'CONTENT_TOO_LARGE', 'Content Too Large', `The request body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  if (!isSignedWebhook(request.headers, body, key)) {
    return problemResponse(403, 'INVALID_SIGNATURE', 'Forbidden', 'The signature is missing or wrong, or not of the last five minutes.');
  }
  try {
    const event = eventSchema.parse(JSON.parse(new TextDecoder().decode(body)));
    for (const tag of await tagsOfEvent(event)) revalidateTag(tag, { expire: 0 });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ZodError)) throw error;
    return problemResponse(400, 'BAD_REQUEST', 'Bad Request', 'The body is not an event in JSON.');
  }
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}
