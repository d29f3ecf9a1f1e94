'use client';
import Form from 'next/form';
import { useFormStatus } from 'react-dom';
import { RULES } from '@/lib/input-rules';
import { site } from '@/messages/public';

const { searching } = site;

/** Search form. A GET form, with client-side navigation once scripts have loaded. */
export function SearchForm({ words }: { words: string }) {
  return (
    <Form action="/search" role="search" className="mt-6 mb-8 grid gap-2">
      <label htmlFor="q" className="text-sm font-medium">
        {searching.label}
      </label>
      <div className="flex gap-2">
        <input
          id="q"
          name="q"
          type="search"
          defaultValue={words}
          key={words}
          {...RULES.search}
          autoComplete="off"
          required
          aria-describedby="q-hint"
          className="border-line-strong/60 bg-surface hover:border-line-strong h-12 w-full min-w-0 rounded-lg border px-4 text-lg transition-colors"
        />
        <Submit />
      </div>
      <p id="q-hint" className="text-ink-faint text-sm">
        {searching.hint}
      </p>
    </Form>
  );
}

function Submit() {
  const { pending } = useFormStatus();
  return (
    <button
      type="submit"
      aria-disabled={pending}
      className="bg-accent text-on-accent hover:bg-accent-strong h-12 shrink-0 rounded-lg px-6 font-medium transition-colors"
    >
      {pending ? searching.searching : searching.submit}
    </button>
  );
}
