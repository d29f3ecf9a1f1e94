import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useDeferredValue, useId, useState } from 'react';
import { listTagsOptions } from '@/client/@tanstack/react-query.gen';
import { TagName } from '@/components/tag-name';
import { Field, inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages, plural } from '@/messages';

const MOST = 20;
const isSame = (one: string, other: string) => one.toLocaleLowerCase() === other.toLocaleLowerCase();

type TagsFieldProps = { tags: string[]; error?: string; onChange: (tags: string[]) => void };

/** Tags of a post, in order, with suggestions (ARIA combobox pattern). */
export function TagsField({ tags, error, onChange }: TagsFieldProps) {
  const { tags: words } = messages.studio.editor;
  const list = useId();
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [told, setTold] = useState('');
  const name = typed.trim().replace(/\s+/g, ' ');
  const search = useDeferredValue(name);
  const { data = [] } = useQuery({ ...listTagsOptions({ query: { search: search || undefined, per_page: 8 } }), enabled: open, placeholderData: (before) => before });
  const known = data.filter((tag) => !tags.some((chosen) => isSame(chosen, tag.name)));
  const isNew = name !== '' && ![...data.map((tag) => tag.name), ...tags].some((each) => isSame(each, name));
  const options = [...known.map((tag) => ({ name: tag.name, note: plural(tag.post_count, words.posts) })), ...(isNew ? [{ name, note: words.make(name) }] : [])];
  const shown = open && options.length > 0;

  function add(chosen: string) {
    setTyped('');
    setAt(-1);
    if (chosen === '' || tags.length >= MOST || tags.some((each) => isSame(each, chosen))) return;
    onChange([...tags, chosen]);
    setTold(words.added(chosen));
  }
  function remove(gone: string) {
    onChange(tags.filter((each) => each !== gone));
    setTold(words.removed(gone));
  }
  function key(event: React.KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const last = options.length - 1;
    if (event.key === 'ArrowDown') setAt(at >= last ? 0 : at + 1);
    else if (event.key === 'ArrowUp') setAt(at <= 0 ? last : at - 1);
    else if (event.key === 'Enter' || event.key === ',') add(options[at]?.name ?? data.find((tag) => isSame(tag.name, name))?.name ?? name);
    else if (event.key === 'Escape' && shown) setOpen(false);
    else if (event.key === 'Backspace' && typed === '' && tags.length > 0) return remove(tags.at(-1) as string);
    else return;
    event.preventDefault();
    if (event.key.startsWith('Arrow')) setOpen(true);
  }
  return (
    <Field label={words.label} hint={words.hint} error={error}>
      {(control) => (
        <div className="relative grid gap-2">
          {tags.length > 0 && (
            <ul aria-label={words.chosen} className="flex flex-wrap gap-1.5">
              {tags.map((tag) => (
                <li key={tag} className="bg-sunken text-ink-soft flex max-w-full items-center gap-0.5 rounded-full py-0.5 ps-2.5 pe-1 text-sm">
                  <TagName name={tag} className="truncate" />
                  <button type="button" aria-label={words.remove(tag)} onClick={() => remove(tag)} className="hover:bg-line hover:text-ink grid size-6 shrink-0 place-content-center rounded-full">
                    <X aria-hidden className="size-3.5" />
                  </button>
                </li>
              ))}
            </ul>
          )}
          <input
            {...control}
            role="combobox"
            aria-expanded={shown}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={shown && at >= 0 ? `${list}-${at}` : undefined}
            autoComplete="off"
            {...RULES.tagName}
            placeholder={words.placeholder}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value.replaceAll(',', ''));
              setOpen(true);
              setAt(-1);
            }}
            onFocus={() => setOpen(true)}
            onBlur={() => {
              setOpen(false);
              add(name);
            }}
            onKeyDown={key}
            className={cn(inputStyles, 'h-10')}
          />
          <ul
            id={list}
            role="listbox"
            aria-label={words.label}
            hidden={!shown}
            className="bg-surface border-line shadow-card rounded-card absolute inset-x-0 top-full z-10 mt-1 max-h-64 overflow-auto border p-1 text-sm"
          >
            {options.map((option, index) => (
              <li
                key={option.name}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === at}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => add(option.name)}
                className="aria-selected:bg-sunken hover:bg-sunken flex cursor-pointer justify-between gap-3 rounded-md px-3 py-1.5"
              >
                <TagName name={option.name} className="truncate" />
                <span className="text-ink-faint shrink-0">{option.note}</span>
              </li>
            ))}
          </ul>
          <p role="status" className="sr-only">{told}</p>
        </div>
      )}
    </Field>
  );
}
