'use server';
import { updateTag } from 'next/cache';
import { createItem } from '@/client';
import { changedBy } from '@/api/tags';
import { type FormState, refusal, textOf } from '@/components/form-state';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';

export async function addItem(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const body = textOf(form, 'name');
  const result = await createItem({ client: await sessionClient(), body });
  const refused = refusal(result, body, { ITEM_NAME_TAKEN: { name: messages.items.nameTaken } });
  if (refused) return refused;
  changedBy('POST', '/api/items').forEach(updateTag);
  return { done: messages.items.added(body.name) };
}
