import { useId } from 'react';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import type { State } from './state';

type TitleFieldProps = { state: State; onChange: (title: string) => void; onDone: () => void };

/** Title field. Grows with its lines; Enter moves the focus to the text. */
export function TitleField({ state, onChange, onDone }: TitleFieldProps) {
  const id = useId();
  const { editor } = messages.studio;
  const missing = state.post && !state.current.title.trim() && state.saved.title !== editor.untitled ? editor.titleMissing : undefined;
  const wrong = state.rejected.title?.message ?? missing;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <label htmlFor={id} className="sr-only">{editor.title}</label>
      <textarea
        id={id}
        rows={1}
        {...RULES.title}
        autoFocus={!state.post}
        value={state.current.title}
        placeholder={editor.title}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}-error` : undefined}
        onChange={(event) => onChange(event.target.value.replace(/\s*\n\s*/g, ' '))}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onDone();
        }}
        className="field-sizing-content w-full min-w-0 resize-none bg-transparent font-serif text-3xl leading-tight font-semibold outline-none placeholder:text-ink-faint sm:text-4xl"
      />
      {wrong && <p id={`${id}-error`} className="text-bad text-sm">{wrong}</p>}
    </div>
  );
}
