'use server';
import { refresh, updateTag } from 'next/cache';
import { redirect } from 'next/navigation';
import { createTag, deleteTag, listTags, mergeTag, renameTag, type Tag } from '@/client';
import type { Client } from '@/client/client';
import { watchPublicChange } from '@/api/public-changes';
import { unwrap } from '@/api/unwrap';
import { type FormState, formError, formText } from '@/components/form-state';
import { lastPage, totalCount } from '@/components/studio/table-params';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { tags, alreadyDeleted } = messages.manage;
const PATH = '/studio/tags';

/** Create a tag. Readers see it once a published post has it. */
export async function addTag(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('editor');
  const values = formText(form, 'name');
  const result = await createTag({ client: await sessionClient(form), body: values });
  const error = formError(result, values, {
    TAG_NAME_TAKEN: { name: tags.nameTaken },
    TAG_SLUG_TAKEN: { name: tags.slugTaken },
  });
  if (error) return error;
  refresh();
  return { done: tags.add.done(result.data?.name ?? values.name) };
}

/** Update name and slug of a tag, with `If-Match`. */
export async function saveTag(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('editor');
  const values = formText(form, 'name', 'slug');
  const { tag_id, version } = formText(form, 'tag_id', 'version');
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'tag', id: Number(tag_id) });
  const result = await renameTag({
    client,
    path: { tag_id: Number(tag_id) },
    body: values,
    headers: { 'If-Match': version },
  });
  const error = formError(result, values, {
    TAG_NAME_TAKEN: { name: tags.nameTaken },
    TAG_SLUG_TAKEN: { slug: tags.slugTaken },
    PRECONDITION_FAILED: tags.rename.stale,
    NOT_FOUND: alreadyDeleted,
  });
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  refresh();
  return { done: tags.rename.done(result.data?.name ?? values.name) };
}

/** Merge a tag into the one named `into`, and redirect to that tag. */
export async function mergeTags(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('editor');
  const values = formText(form, 'into');
  const client = await sessionClient();
  const target = await tagNamed(client, values.into.trim());
  if (!target) return { values, errors: { into: tags.merge.unknown } };
  const { tag_id } = formText(form, 'tag_id');
  const staleTags = await watchPublicChange({ kind: 'tag', id: Number(tag_id) });
  const result = await mergeTag({
    client,
    path: { tag_id: Number(tag_id) },
    body: { into: target.id },
  });
  const error = formError(result, values, {
    SAME_TAG: { into: tags.merge.same },
    MERGE_TARGET_NOT_FOUND: { into: tags.merge.targetGone },
    NOT_FOUND: alreadyDeleted,
  });
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  redirect(`${PATH}/${target.id}?done=merged`);
}

/** Return the tag of exactly this name, ignoring case: the search of the API also finds partial matches. */
async function tagNamed(client: Client, name: string): Promise<Tag | undefined> {
  if (!name) return undefined;
  for (let page = 1, pages = 1; page <= pages; page++) {
    const result = await listTags({ client, query: { search: name.slice(0, 50), page, per_page: 100 } });
    const found = unwrap('listTags', result).find((tag) => tag.name.toLowerCase() === name.toLowerCase());
    if (found) return found;
    pages = lastPage(totalCount(result), 100);
  }
  return undefined;
}

/** Delete a tag, with `If-Match`. */
export async function removeTag(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('editor');
  const { tag_id, version } = formText(form, 'tag_id', 'version');
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'tag', id: Number(tag_id) });
  const result = await deleteTag({
    client,
    path: { tag_id: Number(tag_id) },
    headers: { 'If-Match': version },
  });
  const error = formError(result, {}, { PRECONDITION_FAILED: tags.remove.stale, NOT_FOUND: alreadyDeleted });
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  redirect(`${PATH}?done=deleted`);
}
