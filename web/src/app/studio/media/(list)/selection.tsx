'use client';
import type { Media } from '@/client';
import { Confirm } from '@/components/studio/table-confirm';
import type { FormAction } from '@/components/studio/status-message';
import { Button } from '@/components/ui/button';
import { messages, plural } from '@/messages';
import { removeUnused } from '../actions';

const { selection: words, upload } = messages.media;

type SelectionProps = {
  chosen: Media[];
  onClear: () => void;
  /** Reads the list again. */
  onDeleted: () => Promise<unknown>;
};

/** What can be done with the selected files; it stays in view below the grid. */
export function Selection({ chosen, onClear, onDeleted }: SelectionProps) {
  const remove: FormAction = async (before, form) => {
    const after = await removeUnused(before, form);
    if (after.done) {
      onClear();
      await onDeleted();
    }
    return after;
  };
  const isEmpty = chosen.length === 0;
  return (
    <div
      role="group"
      aria-label={words.label}
      className={
        isEmpty
          ? 'sr-only'
          : 'bg-surface border-line rounded-card shadow-card sticky bottom-[calc(1rem+var(--bottom-bar))] z-10 flex flex-wrap items-center gap-2 border px-4 py-2.5 text-sm'
      }
    >
      {/* It is there before the first file is selected, so that screen readers announce what changes in it. */}
      <p role="status" className="me-auto font-medium">
        {!isEmpty && plural(chosen.length, words.chosen)}
      </p>
      {!isEmpty && (
        <>
          <Button type="button" look="quiet" size="small" onClick={onClear}>
            {words.clear}
          </Button>
          <Confirm
            open={words.remove.open}
            size="small"
            title={words.remove.ask(plural(chosen.length, upload.files))}
            text={words.remove.text}
            fields={{ ids: chosen.map(({ id }) => id).join(' ') }}
            action={remove}
            submit={words.remove.submit}
          />
        </>
      )}
    </div>
  );
}
