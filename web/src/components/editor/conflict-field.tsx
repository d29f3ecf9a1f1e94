import { useId, useMemo } from 'react';
import { messages } from '@/messages';
import { diffWords } from './diff';
import { ChosenPicture } from '@/components/media/chosen-picture';
import type { Field, PostFields } from './post-fields';

export type Choice = 'mine' | 'theirs' | 'hand';

type ConflictFieldProps = {
  field: Field;
  mine: PostFields;
  theirs: PostFields;
  choice?: Choice;
  onChoice: (choice: Choice) => void;
  /** The text with conflict markers, for merging by hand. */
  byHand?: string;
  onByHand: (text: string) => void;
};

const textOf = (written: PostFields, field: Field) => (field === 'tags' ? written.tags.join(', ') : written[field]) as string;

const PICTURES = new Set<Field>(['cover_id', 'card_id']);

/** One field in two versions. */
export function ConflictField({ field, mine, theirs, choice, onChoice, byHand, onByHand }: ConflictFieldProps) {
  const { conflict: words } = messages.studio.editor;
  const name = useId();
  const label = words.fields[field];
  const isPicture = PICTURES.has(field);
  const [ours, others] = [textOf(mine, field), textOf(theirs, field)];
  const parts = useMemo(() => diffWords(ours, others), [ours, others]);
  const option = (value: Choice, text: string) => (
    <label className="border-line has-checked:border-accent has-checked:bg-accent-wash flex cursor-pointer items-center gap-2 rounded-lg border px-3 py-1.5 text-sm">
      <input type="radio" name={name} checked={choice === value} onChange={() => onChoice(value)} className="accent-accent" />
      {text}
    </label>
  );
  const column = (title: string, without: 'gone' | 'new') => (
    <div className="min-w-0">
      <h3 className="text-ink-faint mb-1.5 text-sm">{title}</h3>
      {isPicture ? <Chosen id={without === 'new' ? ours : others} /> : text(title, without)}
    </div>
  );
  const text = (title: string, without: 'gone' | 'new') => (
    <div tabIndex={0} role="group" aria-label={`${label}: ${title}`} className="border-line bg-surface max-h-[32rem] overflow-auto rounded-lg border p-3 font-mono text-[0.85rem] leading-relaxed break-words whitespace-pre-wrap">
      {parts.every(({ kind, text }) => kind === without || text === '') && <span className="text-ink-faint">{words.empty}</span>}
      {parts.filter(({ kind }) => kind !== without).map(({ kind, text }, at) =>
        kind === 'same' ? (
          <span key={at}>{text}</span>
        ) : kind === 'gone' ? (
          <mark key={at} className="bg-warn-wash text-warn rounded-sm">{text}</mark>
        ) : (
          <mark key={at} className="bg-good-wash text-good rounded-sm">{text}</mark>
        ),
      )}
    </div>
  );
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-3 font-medium">{label}</legend>
      <div className="grid gap-4 md:grid-cols-2">
        {column(words.yours, 'new')}
        {column(words.theirs, 'gone')}
      </div>
      <div className="flex flex-wrap gap-2">
        {option('mine', words.mine)}
        {option('theirs', words.take)}
        {byHand !== undefined && option('hand', words.manual)}
      </div>
      {byHand !== undefined && choice === 'hand' && (
        <div className="grid gap-1.5">
          <textarea
            aria-label={words.merged(label)}
            aria-describedby={`${name}-hint`}
            value={byHand}
            onChange={(event) => onByHand(event.target.value)}
            className="border-line-strong/60 bg-surface field-sizing-content min-h-60 w-full rounded-lg border p-4 font-mono text-[0.85rem] leading-relaxed"
          />
          <p id={`${name}-hint`} className="text-ink-faint text-sm">{words.mergedHint}</p>
        </div>
      )}
    </fieldset>
  );
}

function Chosen({ id }: { id: string }) {
  if (id) return <ChosenPicture id={id} />;
  return <p className="border-line text-ink-faint rounded-lg border p-3 text-sm">{messages.studio.editor.conflict.empty}</p>;
}
