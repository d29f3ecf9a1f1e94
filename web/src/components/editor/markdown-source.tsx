import { ImagePlus } from 'lucide-react';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Media } from '@/client';
import { markdownImage } from '@/components/media/markdown-image';
import { MediaPicker } from '@/components/media/picker';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';

const MARKS: Record<string, [string, string]> = { b: ['**', '**'], i: ['*', '*'], e: ['`', '`'], k: ['[', '](https://)'] };

type SourceProps = { source: string; autoFocus: boolean; onChange: (source: string) => void };

/** Markdown source editor. Without `maxLength`: pasted text must not be cut silently. */
export function MarkdownSource({ source, autoFocus, onChange }: SourceProps) {
  const { editor } = messages.studio;
  const [isChoosing, setChoosing] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  function insertPicture(media: Media) {
    flushSync(() => setChoosing(false)); // While the dialog is open, nothing outside of it can have the focus.
    if (!area.current) return;
    area.current.focus();
    insert(area.current, markdownImage(media));
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-3">
      <Button type="button" look="secondary" size="small" className="justify-self-start" onClick={() => setChoosing(true)}>
        <ImagePlus aria-hidden />
        {messages.media.post.insert}
      </Button>
      {isChoosing && <MediaPicker onChoose={insertPicture} onClose={() => setChoosing(false)} />}
      <textarea
        ref={area}
        data-text
        aria-label={`${editor.body} (${editor.views.source})`}
        value={source}
        autoFocus={autoFocus}
        spellCheck
        placeholder={editor.sourcePlaceholder}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={mark}
        className="border-line bg-surface rounded-card field-sizing-content min-h-[50dvh] w-full resize-none border p-4 font-mono text-[0.9rem] leading-relaxed sm:p-6"
      />
    </div>
  );
}

/** Replace the selection. */
function insert(area: HTMLTextAreaElement, text: string): void {
  const { selectionStart: start, selectionEnd: end } = area;
  // Deprecated, but the only way that keeps the undo history of a textarea.
  if (!document.execCommand('insertText', false, text)) area.setRangeText(text, start, end, 'end');
}

/** Wrap the selection in the marks of a shortcut, with undo. */
function mark(event: React.KeyboardEvent<HTMLTextAreaElement>): void {
  const marks = MARKS[event.key.toLowerCase()];
  if (!marks || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const area = event.currentTarget;
  const { selectionStart: start, selectionEnd: end } = area;
  insert(area, marks[0] + area.value.slice(start, end) + marks[1]);
  area.setSelectionRange(start + marks[0].length, end + marks[0].length);
}
