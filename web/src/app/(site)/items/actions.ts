'use server';
import { updateTag } from 'next/cache';
import { createItem } from '@/client';
import { CACHE_TAGS } from '@/api/cache-tags';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';

export async function addItem(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const body = formText(form, 'name');
  const result = await createItem({ client: await sessionClient(), body });
  const error = formError(result, body, { ITEM_NAME_TAKEN: { name: messages.items.nameTaken } });
  if (error) return error;
  updateTag(CACHE_TAGS.items);
  return { done: messages.items.added(body.name) };
}
