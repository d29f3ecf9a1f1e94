import { useState } from 'react';
import { TextArea, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import type { State } from './state';

/** Approximate number of characters that search engines show. */
const BEST = { title: 60, description: 155 };

function lengthOf(text: string, best: number): string {
  const used = [...text].length;
  const { seo } = messages.studio.editor;
  if (used === 0) return '';
  return used > best ? seo.long(used, best) : seo.length(used, best);
}
const cut = (text: string, best: number) => ([...text].length > best ? `${[...text].slice(0, best - 1).join('').trimEnd()}…` : text);

/** SEO fields, with a preview of the search result. */
export function SearchPanel({ store, state }: { store: AutosaveStore; state: State }) {
  const { seo, untitled } = messages.studio.editor;
  const { post, current, rejected } = state;
  const [address, setAddress] = useState<string>();
  const title = current.seo_title || current.title || untitled;
  const description = current.seo_description || current.excerpt || post?.excerpt || '';
  return (
    <section aria-label={seo.heading} className="border-line grid gap-5 border-t pt-6">
      <h3 className="text-ink-faint text-sm font-medium">{seo.heading}</h3>
      <figure className="border-line bg-surface rounded-card grid gap-1 border p-4">
        <figcaption className="sr-only">{seo.result}</figcaption>
        <p className="text-ink-faint truncate text-xs">{window.location.host} › posts › {current.slug}</p>
        <p className="text-accent font-medium break-words">{cut(title, BEST.title)}</p>
        <p className="text-ink-soft text-sm break-words">{cut(description, BEST.description)}</p>
      </figure>
      <TextField
        label={seo.title}
        hint={`${seo.titleHint} ${lengthOf(current.seo_title || current.title, BEST.title)}`}
        error={rejected.seo_title?.message}
        {...RULES.seoTitle}
        placeholder={current.title}
        value={current.seo_title}
        onChange={(event) => store.edit({ seo_title: event.target.value })}
      />
      <TextArea
        label={seo.description}
        hint={`${seo.descriptionHint} ${lengthOf(description, BEST.description)}`}
        error={rejected.seo_description?.message}
        {...RULES.seoDescription}
        value={current.seo_description}
        onChange={(event) => store.edit({ seo_description: event.target.value })}
      />
      <TextField
        label={seo.canonical}
        hint={seo.canonicalHint}
        error={rejected.canonical_url?.message}
        {...RULES.canonicalUrl}
        inputMode="url"
        placeholder="https://"
        value={address ?? current.canonical_url}
        onChange={(event) => setAddress(event.target.value.trim())}
        onBlur={() => {
          if (address !== undefined) store.edit({ canonical_url: address });
          setAddress(undefined);
        }}
      />
    </section>
  );
}
