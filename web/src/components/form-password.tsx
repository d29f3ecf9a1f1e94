'use client';
import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Field, inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { messages } from '@/messages';

type PasswordFieldProps = Omit<React.ComponentProps<'input'>, 'type' | 'children'> & {
  label: string;
  error?: string;
  hint?: string;
};

/** Password field with a button to show the password. */
export function PasswordField({ label, error, hint, ...props }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const { showPassword, hidePassword } = messages.account;
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field label={label} error={error} hint={hint}>
      {(control) => (
        <div className="relative">
          <input type={shown ? 'text' : 'password'} className={cn(inputStyles, 'h-10 pe-11')} {...control} {...props} />
          <button
            type="button"
            onClick={() => setShown(!shown)}
            aria-label={shown ? hidePassword : showPassword}
            aria-controls={control.id}
            className="text-ink-faint hover:text-ink absolute inset-y-0 end-0 grid w-10 place-items-center rounded-lg"
          >
            <Icon aria-hidden className="size-4" />
          </button>
        </div>
      )}
    </Field>
  );
}
