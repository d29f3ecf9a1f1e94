'use client';
import Form from 'next/form';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { addressOf, isFiltered, type Chosen } from './chosen';

const submit = (event: React.ChangeEvent<HTMLSelectElement>) => event.currentTarget.form?.requestSubmit();

type FiltersProps = { choice: Chosen; tags: { name: string; slug: string }[] };

/** What narrows the list. A plain form: the address says it all, and it works before any script has come. */
export function Filters({ choice, tags }: FiltersProps) {
  const { posts } = messages.studio;
  const known = tags.some(({ slug }) => slug === choice.tag) || choice.tag === '';
  const filters = useRef<HTMLDivElement>(null);
  // Not made anew with each answer: that would take the focus away.
  useEffect(() => {
    for (const name of ['q', 'author', 'tag', 'sort'] as const) {
      const field = filters.current?.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`);
      if (field) field.value = choice[name];
    }
  }, [choice]);
  const control = cn(inputStyles, 'h-9 py-1 text-sm');
  return (
    <div ref={filters}>
      <Form action="/studio/posts" role="search" aria-label={posts.filter} className="flex flex-wrap items-center gap-2">
        {choice.status !== 'draft' && <input type="hidden" name="status" value={choice.status} />}
        {choice.whose === 'everyone' && <input type="hidden" name="whose" value="everyone" />}
        <input type="search" name="q" defaultValue={choice.q} {...RULES.search} aria-label={posts.search} placeholder={posts.searchHint} className={cn(control, 'min-w-40 flex-1', choice.whose === 'everyone' && 'max-sm:basis-full')} />
        {choice.whose === 'everyone' && (
          <input name="author" defaultValue={choice.author} aria-label={posts.author} placeholder={posts.authorHint} className={cn(control, 'w-32 max-sm:flex-1')} />
        )}
        <Button look="secondary" size="small" className="h-9">
          {posts.apply}
        </Button>
        <select name="tag" defaultValue={choice.tag} onChange={submit} aria-label={posts.tag} className={cn(control, 'w-36 max-sm:flex-1')}>
          <option value="">{posts.anyTag}</option>
          {!known && <option value={choice.tag}>{choice.tag}</option>}
          {tags.map(({ name, slug }) => (
            <option key={slug} value={slug}>
              {name}
            </option>
          ))}
        </select>
        <select name="sort" defaultValue={choice.sort} onChange={submit} aria-label={posts.sort} className={cn(control, 'w-36 max-sm:flex-1')}>
          {Object.entries(posts.sorts).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        {isFiltered(choice) && (
          <Link href={addressOf(choice, { q: '', tag: '', author: '' })} className="text-ink-soft hover:text-ink px-2 text-sm underline underline-offset-4">
            {posts.clear}
          </Link>
        )}
      </Form>
    </div>
  );
}
