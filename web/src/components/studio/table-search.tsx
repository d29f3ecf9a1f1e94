import Form from 'next/form';
import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { inputStyles } from '@/components/ui/field';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';

type SearchProps = { path: string; search: string; hint: string; fields?: Record<string, string> };

/** Search form of a list. A GET form: works without JavaScript, and the URL has the search. */
export function TableSearch({ path, search, hint, fields = {} }: SearchProps) {
  const { manage } = messages;
  return (
    <Form action={path} role="search" key={search} className="flex flex-wrap items-center gap-2">
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <input
        type="search"
        name="q"
        defaultValue={search}
        {...RULES.search}
        aria-label={manage.search}
        placeholder={hint}
        className={cn(inputStyles, 'h-9 min-w-48 flex-1 py-1 text-sm')}
      />
      <Button look="secondary" size="small" className="h-9">
        {manage.search}
      </Button>
      {search && (
        <Link href={Object.keys(fields).length > 0 ? `${path}?${new URLSearchParams(fields)}` : path} className="text-ink-soft hover:text-ink px-2 text-sm underline underline-offset-4">
          {manage.clearSearch}
        </Link>
      )}
    </Form>
  );
}
