'use client';
import { useEffect, useRef, useState } from 'react';
import type { Post } from '@/client';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import { ConflictField, type Choice } from './conflict-field';
import { hasConflictMarkers, mergeThreeWay } from './diff';
import { changedFields, conflictingFields, fieldsFromPost, rebaseFields, type Field, type PostFields } from './post-fields';
import type { State } from './state';

/** Conflict resolution: both versions with their differences, and a choice for each field. */
export function Conflict({ store, state, theirs }: { store: AutosaveStore; state: State; theirs: Post }) {
  const { conflict: words } = messages.studio.editor;
  const { saved: base, current: mine } = state;
  const other = fieldsFromPost(theirs);
  const fields = conflictingFields(base, mine, other);
  const also = changedFields(base, other).filter((field) => !fields.includes(field));
  const [choices, setChoices] = useState<Partial<Record<Field, Choice>>>({});
  const [byHand, setByHand] = useState(() => mergeThreeWay(base.body, mine.body, other.body, { mine: words.yours, theirs: words.theirs }));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  const unsettled = choices.body === 'hand' && hasConflictMarkers(byHand);
  const decided = fields.every((field) => choices[field]) && !unsettled;
  function save() {
    const written: PostFields = { ...rebaseFields(base, mine, other) };
    for (const field of fields) {
      if (choices[field] === 'theirs') Object.assign(written, { [field]: other[field] });
      if (choices[field] === 'hand') written.body = byHand;
    }
    void store.resolve(written);
  }
  return (
    <section aria-labelledby="conflict" className="grid gap-6">
      <div className="grid gap-2">
        <h2 ref={heading} id="conflict" tabIndex={-1} className="font-serif text-2xl font-semibold outline-none">{words.title}</h2>
        <p className="text-ink-soft max-w-prose">{words.text}</p>
      </div>
      {fields.map((field) => (
        <ConflictField
          key={field}
          field={field}
          mine={mine}
          theirs={other}
          choice={choices[field]}
          onChoice={(choice) => setChoices({ ...choices, [field]: choice })}
          byHand={field === 'body' ? byHand : undefined}
          onByHand={setByHand}
        />
      ))}
      {also.length > 0 && (
        <p className="text-ink-soft text-sm">
          {words.also} {also.map((field) => words.fields[field]).join(', ')}
        </p>
      )}
      {unsettled && <p role="status" className="text-warn text-sm">{words.unresolved}</p>}
      <div>
        <Button disabled={!decided} onClick={save}>{words.save}</Button>
      </div>
    </section>
  );
}
