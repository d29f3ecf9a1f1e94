'use client';
import { EditorContent, useEditor } from '@tiptap/react';
import { useState } from 'react';
import { messages } from '@/messages';
import '@/components/prose.css';
import { EXTENSIONS } from './extensions';
import type { RichDocument } from './markdown/rich-document';
import { Toolbar, type Question } from './toolbar';

type RichTextProps = { document: RichDocument; autoFocus: boolean; onChange: (source: string) => void };

/** Rich-text editor (Tiptap). Shows `document`, and returns its Markdown with every change. */
export function RichText({ document, autoFocus, onChange }: RichTextProps) {
  const { editor: words } = messages.studio;
  const [asking, setAsking] = useState<Question>();
  const editor = useEditor({
    extensions: EXTENSIONS,
    content: document.content,
    autofocus: autoFocus && 'end',
    immediatelyRender: true,
    editorProps: {
      handleKeyDown: (_view, event) => {
        const isLink = (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k';
        if (isLink) setAsking('link');
        return isLink;
      },
      attributes: {
        // Whether a list is tight, its notation says; here it has a paragraph in any case.
        class: 'prose min-h-[50dvh] pb-24 outline-none [&_h1]:text-[1.8em] [&_h1]:leading-tight [&_h1]:font-semibold [&_li>p+:is(ul,ol)]:mt-[0.385em]',
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': words.body,
        'data-text': '',
      },
    },
    onUpdate: ({ editor: changed }) => onChange(document.toMarkdown(changed.state.doc)),
  });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Toolbar editor={editor} asking={asking} onAsk={setAsking} />
      <div className="relative">
        {editor.isEmpty && <p aria-hidden className="text-ink-faint pointer-events-none absolute font-serif text-[1.1875rem] leading-[1.65]">{words.placeholder}</p>}
        <EditorContent editor={editor} />
      </div>
    </div>
  );
}
