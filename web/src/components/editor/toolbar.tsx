'use client';
import { useEditorState, type Editor } from '@tiptap/react';
import {
  Bold, Code, Heading2, Heading3, Image, Italic, Link, List, ListOrdered, Minus, Quote, Redo2, SquareCode, Strikethrough, Undo2,
} from 'lucide-react';
import { Toolbar as Radix } from 'radix-ui';
import { messages } from '@/messages';
import { ImageDialog, LinkDialog } from './toolbar-dialogs';

const { toolbar } = messages.studio.editor;
type Tool = { name: keyof typeof toolbar; icon: typeof Bold; keys?: string; isOn?: (editor: Editor) => boolean; use: (editor: Editor) => void };
const focused = (editor: Editor) => editor.chain().focus();

const TOOLS: Tool[][] = [
  [
    { name: 'bold', icon: Bold, keys: 'Control+B', isOn: (e) => e.isActive('bold'), use: (e) => focused(e).toggleBold().run() },
    { name: 'italic', icon: Italic, keys: 'Control+I', isOn: (e) => e.isActive('italic'), use: (e) => focused(e).toggleItalic().run() },
    { name: 'strike', icon: Strikethrough, keys: 'Control+Shift+S', isOn: (e) => e.isActive('strike'), use: (e) => focused(e).toggleStrike().run() },
    { name: 'code', icon: Code, keys: 'Control+E', isOn: (e) => e.isActive('code'), use: (e) => focused(e).toggleCode().run() },
  ],
  [
    { name: 'heading2', icon: Heading2, keys: 'Control+Alt+2', isOn: (e) => e.isActive('heading', { level: 2 }), use: (e) => focused(e).toggleHeading({ level: 2 }).run() },
    { name: 'heading3', icon: Heading3, keys: 'Control+Alt+3', isOn: (e) => e.isActive('heading', { level: 3 }), use: (e) => focused(e).toggleHeading({ level: 3 }).run() },
    { name: 'bullets', icon: List, keys: 'Control+Shift+8', isOn: (e) => e.isActive('bulletList'), use: (e) => focused(e).toggleBulletList().run() },
    { name: 'numbers', icon: ListOrdered, keys: 'Control+Shift+7', isOn: (e) => e.isActive('orderedList'), use: (e) => focused(e).toggleOrderedList().run() },
    { name: 'quote', icon: Quote, keys: 'Control+Shift+B', isOn: (e) => e.isActive('blockquote'), use: (e) => focused(e).toggleBlockquote().run() },
    { name: 'codeBlock', icon: SquareCode, keys: 'Control+Alt+C', isOn: (e) => e.isActive('codeBlock'), use: (e) => focused(e).toggleCodeBlock().run() },
    { name: 'rule', icon: Minus, use: (e) => focused(e).setHorizontalRule().run() },
  ],
  [
    { name: 'undo', icon: Undo2, keys: 'Control+Z', use: (e) => focused(e).undo().run() },
    { name: 'redo', icon: Redo2, keys: 'Control+Shift+Z', use: (e) => focused(e).redo().run() },
  ],
];
const look =
  'text-ink-soft hover:bg-sunken hover:text-ink aria-pressed:bg-accent-wash aria-pressed:text-accent-strong grid size-8 shrink-0 place-content-center rounded-md';

export type Question = 'link' | 'image';
type ToolbarProps = { editor: Editor; asking?: Question; onAsk: (question?: Question) => void };

/** Formatting toolbar: one tab stop, arrow keys inside (ARIA toolbar pattern). */
export function Toolbar({ editor, asking, onAsk }: ToolbarProps) {
  const on = useEditorState({
    editor,
    selector: ({ editor: current }) => [...TOOLS.flat(), { name: 'link', isOn: (e: Editor) => e.isActive('link') }].filter(({ isOn }) => isOn?.(current)).map(({ name }) => name),
  });
  const button = (name: keyof typeof toolbar, Icon: typeof Bold, use: () => void, keys?: string, pressable = true) => (
    <Radix.Button
      key={name}
      type="button"
      aria-label={toolbar[name]}
      title={toolbar[name] + (keys ? ` (${keys.replace('Control', 'Ctrl')})` : '')}
      aria-keyshortcuts={keys}
      aria-pressed={pressable ? on.includes(name) : undefined}
      onClick={use}
      className={look}
    >
      <Icon aria-hidden className="size-4" />
    </Radix.Button>
  );
  return (
    <>
      <Radix.Root
        aria-label={toolbar.label}
        className="bg-paper border-line sticky top-14 z-[5] flex gap-0.5 overflow-x-auto border-b py-1.5 [scrollbar-width:none]"
      >
        {TOOLS.map((group, at) => (
          <div key={group[0]?.name} className="border-line flex gap-0.5 border-e pe-1.5 me-1 last:border-e-0">
            {group.map(({ name, icon, keys, isOn, use }) => button(name, icon, () => use(editor), keys, isOn !== undefined))}
            {at === 0 && button('link', Link, () => onAsk('link'), 'Control+K')}
            {at === 1 && button('image', Image, () => onAsk('image'), undefined, false)}
          </div>
        ))}
      </Radix.Root>
      {asking === 'link' && <LinkDialog editor={editor} onClose={() => onAsk(undefined)} />}
      {asking === 'image' && <ImageDialog editor={editor} onClose={() => onAsk(undefined)} />}
    </>
  );
}
