'use client';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useState } from 'react';
import { listTagsOptions } from '@/client/@tanstack/react-query.gen';
import type { Tag } from '@/client';
import { Confirm } from '@/components/studio/table-confirm';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages, plural } from '@/messages';
import { mergeTags } from '../actions';

/** Button with a dialog to choose the target of the merge. */
export function MergeTag({ tag }: { tag: Tag }) {
  const { counted, tags } = messages.manage;
  const { merge } = tags;
  return (
    <Confirm
      open={merge.open}
      look="secondary"
      title={merge.ask(tag.name)}
      text={merge.text(plural(tag.post_count, counted.published), tag.name)}
      fields={{ tag_id: String(tag.id) }}
      action={mergeTags}
      submit={merge.submit}
    >
      {({ values, errors }) => <TagField not={tag.id} value={values?.into} error={errors?.into} />}
    </Confirm>
  );
}

/** Name of the target tag, with suggestions. */
function TagField({ not, value = '', error }: { not: number; value?: string; error?: string }) {
  const { merge } = messages.manage.tags;
  const list = useId();
  const [typed, setTyped] = useState(value);
  const search = useDeferredValue(typed.trim()) || undefined;
  const { data: found = [] } = useQuery({
    ...listTagsOptions({ query: { search, per_page: 20 } }),
    placeholderData: (before) => before,
  });
  return (
    <>
      <TextField
        label={merge.into}
        hint={merge.intoHint}
        name="into"
        required
        {...RULES.tagName}
        autoComplete="off"
        list={list}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        error={error}
      />
      <datalist id={list}>
        {found.filter(({ id }) => id !== not).map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
    </>
  );
}
