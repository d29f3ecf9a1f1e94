'use client';
import { Confirm } from '@/components/studio/table-confirm';
import { Select } from '@/components/ui/field';
import { messages } from '@/messages';
import { stepDown } from '../actions';

/** Button with a dialog to give up the administrator role. */
export function StepDown({ version }: { version: string }) {
  const { stepDown: words, roles } = messages.manage.users;
  const { admin: _given, ...others } = roles;
  return (
    <Confirm
      open={words.open}
      title={words.ask}
      text={words.text}
      fields={{ version }}
      action={stepDown}
      submit={words.submit}
    >
      {({ values }) => (
        <Select label={words.role} name="role" options={others} defaultValue={values?.role || 'editor'} />
      )}
    </Confirm>
  );
}
