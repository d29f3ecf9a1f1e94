'use client';
import { Columns2 } from 'lucide-react';
import dynamic from 'next/dynamic';
import { Tabs } from 'radix-ui';
import { useDeferredValue, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { messages, plural } from '@/messages';
import type { AutosaveStore } from './autosave';
import { FormattingNotice } from './formatting-notice';
import type { Refusal, RichDocument } from './markdown/rich-document';
import { MarkdownSource } from './markdown-source';
import { isAutosaved, isUnsaved, rejectedFields, type State } from './state';

const loading = () => <p role="status" className="text-ink-faint py-4">{messages.studio.editor.loading}</p>;
const RichText = dynamic(() => import('./rich-text').then((file) => file.RichText), { ssr: false, loading });
const Preview = dynamic(() => import('./preview').then((file) => file.Preview), { ssr: false, loading });

type ViewsProps = {
  store: AutosaveStore;
  state: State;
  /** Focus the text once it is loaded. */
  autoFocus: boolean;
  /** Preview beside the Markdown source. */
  isWide: boolean;
  onWide: (isWide: boolean) => void;
};
type View = 'write' | 'source' | 'preview';
const tab =
  'text-ink-soft hover:text-ink data-[state=active]:bg-surface data-[state=active]:text-ink data-[state=active]:shadow-card rounded-md px-3 py-1 text-sm';

/** Tabs: rich editor, Markdown source, preview. A text that the rich editor would lose a part of stays in Markdown. */
export function Views({ store, state, autoFocus, isWide, onWide }: ViewsProps) {
  const { editor } = messages.studio;
  const { body } = state.current;
  const [view, setView] = useState<View>();
  const [opened, setOpened] = useState<{ document: RichDocument; round: number }>();
  const [refusal, setRefusal] = useState<Refusal>();
  /** The last text from the rich editor; any other text is opened anew. */
  const written = useRef<string>(undefined);
  /** Counts the views that were asked for. */
  const asked = useRef(0);
  // The preview beside the source may lag behind typing.
  const shown = useDeferredValue(state);

  async function write(source: string) {
    const mine = (asked.current += 1);
    const { openRichDocument } = await import('./markdown/rich-document');
    // Another view was chosen while this one was loading.
    if (mine !== asked.current) return;
    const found = openRichDocument(source);
    if (typeof found === 'string') {
      setRefusal(found);
      return setView('source');
    }
    written.current = source;
    setOpened((before) => ({ document: found, round: (before?.round ?? 0) + 1 }));
    onWide(false);
    setView('write');
  }
  const follow = useEffectEvent((source: string) => void write(source));
  useEffect(() => {
    if (view === undefined || (view === 'write' && written.current !== body)) follow(body);
  }, [view, body]);

  function show(next: View) {
    if (next === 'write') return void write(body);
    asked.current += 1;
    setRefusal(undefined);
    setView(next);
    if (next === 'preview') onWide(false);
    // A draft is saved first, so that the preview is the API's rendering.
    if (next === 'preview' && isAutosaved(state) && isUnsaved(state)) void store.save();
  }
  const edit = (text: string) => store.edit({ body: text });
  return (
    <Tabs.Root value={view ?? 'write'} onValueChange={(next) => show(next as View)} activationMode="manual" className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Tabs.List aria-label={editor.views.label} className="bg-sunken flex gap-0.5 rounded-lg p-0.5">
          {(['write', 'source', 'preview'] as const).map((each) => (
            <Tabs.Trigger key={each} value={each} className={tab}>{editor.views[each]}</Tabs.Trigger>
          ))}
        </Tabs.List>
        <div className="flex items-center gap-3">
          {state.post && <p className="text-ink-faint text-sm">{plural(state.post.word_count, editor.words)}</p>}
          {view === 'source' && (
            <Button type="button" look={isWide ? 'secondary' : 'quiet'} size="small" aria-pressed={isWide} onClick={() => onWide(!isWide)} className="max-lg:hidden">
              <Columns2 aria-hidden />
              {editor.sideBySide}
            </Button>
          )}
        </div>
      </div>
      {view === 'source' && refusal && <Notice tone="warn">{editor.formatting.refused[refusal]}</Notice>}
      {view === 'write' && opened?.document.isNormalised && <FormattingNotice />}
      {rejectedFields(state).includes('body') && <Notice tone="bad">{editor.bodyRejected} {state.rejected.body?.message}</Notice>}
      <Tabs.Content value="write" tabIndex={-1}>
        {view === 'write' && opened ? (
          <RichText
            key={opened.round}
            document={opened.document}
            autoFocus={autoFocus}
            onChange={(text) => {
              written.current = text;
              edit(text);
            }}
          />
        ) : (
          loading()
        )}
      </Tabs.Content>
      <Tabs.Content value="source" tabIndex={-1}>
        <div className={isWide ? 'grid gap-x-8 gap-y-6 lg:grid-cols-2' : ''}>
          <MarkdownSource source={body} autoFocus={autoFocus} onChange={edit} />
          {isWide && <Preview state={shown} />}
        </div>
      </Tabs.Content>
      <Tabs.Content value="preview">
        <Preview state={state} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
