'use client';
import Form from 'next/form';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { isFiltered, postListUrl, sortsOf, type PostListParams } from './list-params';

const submit = (event: React.ChangeEvent<HTMLSelectElement>) => event.currentTarget.form?.requestSubmit();

type FiltersProps = { params: PostListParams; tags: { name: string; slug: string }[] };

/** Filters of the list. A GET form: works without JavaScript, and the URL has the filters. */
export function Filters({ params, tags }: FiltersProps) {
  const { posts } = messages.studio;
  const known = tags.some(({ slug }) => slug === params.tag) || params.tag === '';
  const filters = useRef<HTMLDivElement>(null);
  // Set values instead of remounting with a key: that would lose the focus.
  useEffect(() => {
    for (const name of ['q', 'author', 'tag', 'sort'] as const) {
      const field = filters.current?.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`);
      if (field) field.value = params[name];
    }
  }, [params]);
  const control = cn(inputStyles, 'h-9 py-1 text-sm');
  return (
    <div ref={filters}>
      <Form action="/studio/posts" role="search" aria-label={posts.filter} className="flex flex-wrap items-center gap-2">
        {params.status !== 'draft' && <input type="hidden" name="status" value={params.status} />}
        {params.whose === 'everyone' && <input type="hidden" name="whose" value="everyone" />}
        <input type="search" name="q" defaultValue={params.q} {...RULES.search} aria-label={posts.search} placeholder={posts.searchHint} className={cn(control, 'min-w-40 flex-1', params.whose === 'everyone' && 'max-sm:basis-full')} />
        {params.whose === 'everyone' && (
          <input name="author" defaultValue={params.author} aria-label={posts.author} placeholder={posts.authorHint} className={cn(control, 'w-32 max-sm:flex-1')} />
        )}
        <Button look="secondary" size="small" className="h-9">
          {posts.apply}
        </Button>
        <select name="tag" defaultValue={params.tag} onChange={submit} aria-label={posts.tag} className={cn(control, 'w-36 max-sm:flex-1')}>
          <option value="">{posts.anyTag}</option>
          {!known && <option value={params.tag}>{params.tag}</option>}
          {tags.map(({ name, slug }) => (
            <option key={slug} value={slug}>
              {name}
            </option>
          ))}
        </select>
        <select name="sort" defaultValue={params.sort} onChange={submit} aria-label={posts.sort} className={cn(control, 'w-36 max-sm:flex-1')}>
          {sortsOf(params.status).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        {isFiltered(params) && (
          <Link href={postListUrl(params, { q: '', tag: '', author: '' })} className="text-ink-soft hover:text-ink px-2 text-sm underline underline-offset-4">
            {posts.clear}
          </Link>
        )}
      </Form>
    </div>
  );
}
