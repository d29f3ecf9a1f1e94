'use client';
import { useActionState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { addItem } from './actions';

export function AddItem() {
  const [state, action] = useActionState(addItem, {});
  return (
    <form action={action} className="grid gap-4">
      <FormNotice state={state} />
      <TextField
        label={messages.items.name}
        name="name"
        required
        {...RULES.itemName}
        defaultValue={state.values?.name}
        error={state.errors?.name}
      />
      <Submit className="justify-self-start">{messages.items.add}</Submit>
    </form>
  );
}
