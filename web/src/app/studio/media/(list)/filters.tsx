'use client';
import Form from 'next/form';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { isFiltered, mediaUrl, TYPES, type MediaParams } from './list-params';

const { filters: words } = messages.media;
const control = cn(inputStyles, 'h-9 py-1 text-sm');

/** Search and type of the files. A GET form: works without JavaScript, and the URL has the filters. */
export function Filters({ params }: { params: MediaParams }) {
  const fields = useRef<HTMLDivElement>(null);
  // Set values instead of remounting with a key: that would lose the focus.
  useEffect(() => {
    for (const name of ['q', 'type'] as const) {
      const field = fields.current?.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`);
      if (field) field.value = params[name];
    }
  }, [params]);
  return (
    <div ref={fields}>
      <Form action="/studio/media" role="search" aria-label={words.label} className="flex flex-wrap items-center gap-2">
        {params.shown !== 'all' && <input type="hidden" name="shown" value={params.shown} />}
        <input type="search" name="q" defaultValue={params.q} {...RULES.search} aria-label={words.search} placeholder={words.searchHint} className={cn(control, 'min-w-40 flex-1')} />
        <Button look="secondary" size="small" className="h-9">
          {words.apply}
        </Button>
        <select
          name="type"
          defaultValue={params.type}
          onChange={(event) => event.currentTarget.form?.requestSubmit()}
          aria-label={words.type}
          className={cn(control, 'w-36 max-sm:flex-1')}
        >
          {TYPES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        {isFiltered(params) && (
          <Link href={mediaUrl({ q: '', type: '', shown: 'all' })} className="text-ink-soft hover:text-ink px-2 text-sm underline underline-offset-4">
            {words.clear}
          </Link>
        )}
      </Form>
    </div>
  );
}
