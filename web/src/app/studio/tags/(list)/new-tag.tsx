'use client';
import { Plus } from 'lucide-react';
import { useId } from 'react';
import { Submit } from '@/components/form';
import { useActionWithStatus } from '@/components/studio/status-message';
import { inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { addTag } from '../actions';

/** Form to create a tag. */
export function NewTag() {
  const { add } = messages.manage.tags;
  const id = useId();
  const [{ values, errors, message }, action] = useActionWithStatus(addTag);
  const wrong = errors?.name ?? message;
  return (
    <form action={action} className="flex flex-wrap items-center gap-2">
      <input
        name="name"
        required
        {...RULES.tagName}
        autoComplete="off"
        defaultValue={values?.name}
        aria-label={add.label}
        placeholder={add.label}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong && id}
        className={cn(inputStyles, 'h-9 min-w-48 flex-1 py-1 text-sm')}
      />
      <Submit look="secondary" size="small" className="h-9">
        <Plus aria-hidden />
        {add.submit}
      </Submit>
      {wrong && (
        <p id={id} role="alert" className="text-bad w-full text-sm">
          {wrong}
        </p>
      )}
    </form>
  );
}
