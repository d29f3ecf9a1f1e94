import { messages } from '@/messages';

const MARKS: Record<string, [string, string]> = { b: ['**', '**'], i: ['*', '*'], e: ['`', '`'], k: ['[', '](https://)'] };

type SourceProps = { source: string; autoFocus: boolean; onChange: (source: string) => void };

/** Markdown source editor. Without `maxLength`: pasted text must not be cut silently. */
export function MarkdownSource({ source, autoFocus, onChange }: SourceProps) {
  const { editor } = messages.studio;
  return (
    <textarea
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
  );
}

/** Wrap the selection in the marks of a shortcut, with undo. */
function mark(event: React.KeyboardEvent<HTMLTextAreaElement>): void {
  const marks = MARKS[event.key.toLowerCase()];
  if (!marks || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const area = event.currentTarget;
  const { selectionStart: start, selectionEnd: end } = area;
  const text = marks[0] + area.value.slice(start, end) + marks[1];
  // Deprecated, but the only way that keeps the undo history of a textarea.
  if (!document.execCommand('insertText', false, text)) area.setRangeText(text, start, end, 'end');
  area.setSelectionRange(start + marks[0].length, end + marks[0].length);
}
