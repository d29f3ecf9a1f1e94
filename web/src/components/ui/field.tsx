import { useId } from 'react';
import { cn } from '@/lib/classes';

export const inputStyles =
  'w-full rounded-lg border border-line-strong/60 bg-surface px-3 py-2 text-ink transition-colors ' +
  'hover:border-line-strong aria-invalid:border-bad disabled:opacity-60';

type FieldProps = {
  label: string;
  /** The error message. */
  error?: string;
  hint?: string;
  className?: string;
  /** The control; gets its id and ARIA attributes. */
  children: (control: { id: string; 'aria-invalid'?: true; 'aria-describedby'?: string }) => React.ReactNode;
};

/** A form control with label, hint and error, connected by ARIA attributes. */
export function Field({ label, error, hint, className, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div className={cn('grid gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described })}
      {hint && (
        <p id={`${id}-hint`} className="text-ink-faint text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-bad text-sm">
          {error}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = React.ComponentProps<'input'> & Omit<FieldProps, 'children'>;

export function TextField({ label, error, hint, className, ...props }: TextFieldProps) {
  return (
    <Field label={label} error={error} hint={hint} className={className}>
      {(control) => <input className={cn(inputStyles, 'h-10')} {...control} {...props} />}
    </Field>
  );
}

type TextAreaProps = React.ComponentProps<'textarea'> & Omit<FieldProps, 'children'>;

export function TextArea({ label, error, hint, className, ...props }: TextAreaProps) {
  return (
    <Field label={label} error={error} hint={hint} className={className}>
      {(control) => <textarea className={inputStyles} rows={4} {...control} {...props} />}
    </Field>
  );
}

type SelectProps = React.ComponentProps<'select'> & Omit<FieldProps, 'children'> & { options: Record<string, string> };

/** A select of which a refused form keeps what was chosen: made anew with it, as React resets a form to what it was made with. */
export function Select({ label, error, hint, className, options, ...props }: SelectProps) {
  return (
    <Field label={label} error={error} hint={hint} className={className}>
      {(control) => (
        <select key={String(props.defaultValue)} className={cn(inputStyles, 'h-10')} {...control} {...props}>
          {Object.entries(options).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
