import { useState } from 'react';
import { TextArea, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import { PicturesPanel } from './pictures-panel';
import { SearchPanel } from './search-panel';
import type { State } from './state';
import { TagsField } from './tags-field';

/** Settings of a post: slug, tags, excerpt, pictures, SEO. */
export function Settings({ store, state }: { store: AutosaveStore; state: State }) {
  const { editor } = messages.studio;
  const { current, rejected } = state;
  return (
    <aside aria-label={editor.settings} className="border-line mx-auto grid w-full max-w-3xl grid-cols-[minmax(0,1fr)] content-start gap-7 max-xl:border-t max-xl:pt-8">
      <h2 className="text-ink-faint text-sm font-medium">{editor.settings}</h2>
      <SlugField store={store} state={state} />
      <TagsField tags={current.tags} error={rejected.tags?.message} onChange={(tags) => store.edit({ tags })} />
      <TextArea
        label={editor.excerpt.label}
        hint={editor.excerpt.hint}
        error={rejected.excerpt?.message}
        {...RULES.excerpt}
        value={current.excerpt}
        placeholder={state.post && state.saved.excerpt === '' ? state.post.excerpt : undefined}
        onChange={(event) => store.edit({ excerpt: event.target.value })}
      />
      <PicturesPanel store={store} state={state} />
      <SearchPanel store={store} state={state} />
    </aside>
  );
}

/** Slug field. Applied on blur: a half-typed slug must not be saved. */
function SlugField({ store, state }: { store: AutosaveStore; state: State }) {
  const { slug: words } = messages.studio.editor;
  const { post, saved, current, rejected } = state;
  const [typed, setTyped] = useState<string>();
  if (!post) return null;
  function done() {
    if (typed !== undefined && typed.trim() !== '') store.edit({ slug: typed.trim() });
    setTyped(undefined);
  }
  const moves = post.published_at !== null && current.slug !== saved.slug && !rejected.slug;
  const problem = rejected.slug && (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(String(rejected.slug.value)) ? words.taken : rejected.slug.message);
  return (
    <div className="grid gap-1.5">
      <TextField
        label={words.label}
        hint={moves ? words.moved : words.hint}
        error={problem}
        className="font-normal"
        value={typed ?? current.slug}
        {...RULES.slug}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value.toLowerCase().replace(/\s/g, '-'))}
        onBlur={done}
        onKeyDown={(event) => event.key === 'Enter' && done()}
      />
      <p className="text-ink-faint font-mono text-xs break-all" data-address>
        {window.location.host}/posts/{typed ?? current.slug}
      </p>
    </div>
  );
}
