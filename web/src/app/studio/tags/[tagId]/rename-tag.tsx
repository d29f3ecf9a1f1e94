'use client';
import type { Tag } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { saveTag } from '../actions';

/** Form for name and slug; `version` is the ETag of what it shows. */
export function RenameTag({ tag, version }: { tag: Tag; version: string }) {
  const { tags, loadNewest } = messages.manage;
  const [{ values, errors, done: _announced, ...state }, action] = useActionWithStatus(saveTag);
  return (
    <form action={action} className="grid w-full max-w-md gap-5">
      <FormNotice state={state}>
        {state.code === 'PRECONDITION_FAILED' && (
          <a href={`/studio/tags/${tag.id}`} className="mt-1 inline-block underline underline-offset-4">
            {loadNewest}
          </a>
        )}
      </FormNotice>
      <input type="hidden" name="tag_id" value={tag.id} />
      <input type="hidden" name="version" value={version} />
      <TextField
        label={tags.rename.name}
        name="name"
        required
        {...RULES.tagName}
        autoComplete="off"
        defaultValue={values?.name ?? tag.name}
        error={errors?.name}
      />
      <TextField
        label={tags.rename.slug}
        hint={tags.rename.slugHint}
        name="slug"
        required
        {...RULES.tagSlug}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        defaultValue={values?.slug ?? tag.slug}
        error={errors?.slug}
      />
      <Submit className="justify-self-start">{tags.rename.submit}</Submit>
    </form>
  );
}
