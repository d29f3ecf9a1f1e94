/** Tiptap extensions of the rich editor: what Markdown has a notation for, and pieces of source for the rest. */
import { Mark, mergeAttributes, Node, type AnyExtension } from '@tiptap/react';
import StarterKit from '@tiptap/starter-kit';
import { messages } from '@/messages';
import { isSafeAddress } from './link-address';
import { SOURCE_BLOCK, SOURCE_TEXT } from './markdown/to-document';

const { sourceLabel } = messages.studio.editor;

const Image = Node.create({
  name: 'image',
  group: 'inline',
  inline: true,
  draggable: true,
  addAttributes: () => ({ src: { default: '' }, alt: { default: '' }, title: { default: null } }),
  parseHTML: () => [{ tag: 'img[src]' }],
  renderHTML: ({ HTMLAttributes }) => ['img', mergeAttributes(HTMLAttributes)],
});

/** A table, footnote or piece of HTML, edited as source. */
const SourceBlock = Node.create({
  name: SOURCE_BLOCK,
  group: 'block',
  content: 'text*',
  marks: '',
  code: true,
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: 'pre[data-source]', preserveWhitespace: 'full', priority: 60 }],
  renderHTML: () => [
    'pre',
    {
      'data-source': '',
      'data-label': sourceLabel,
      class:
        'border-line! text-ink-soft! border! border-dashed! bg-transparent! whitespace-pre-wrap! before:text-ink-faint before:block before:pb-2 before:font-sans before:text-xs before:content-[attr(data-label)]',
    },
    0,
  ],
});

/** A tag or the mark of a footnote in a line, edited as source. */
const SourceText = Mark.create({
  name: SOURCE_TEXT,
  inclusive: false,
  excludes: 'code',
  parseHTML: () => [{ tag: 'code[data-source]', priority: 60 }],
  renderHTML: () => ['code', { 'data-source': '', class: 'text-ink-soft! border-line! border! border-dashed! bg-transparent!' }, 0],
});

/** Whether a list has space between its items is a matter of notation: blank lines between them. */
const loose = { loose: { default: false, rendered: false } };

const Kit = StarterKit.extend({
  addExtensions() {
    return (this.parent?.() ?? []).map((extension: AnyExtension) => {
      // As in Markdown, code may be linked, bold or italic.
      if (extension.name === 'code') return extension.extend({ excludes: '' });
      // What is typed right after a link does not belong to it.
      if (extension.name === 'link') return extension.extend({ inclusive: false });
      if (!['bulletList', 'orderedList'].includes(extension.name)) return extension;
      return extension.extend({
        addAttributes(this: { parent?: () => object }) {
          return { ...this.parent?.(), ...loose };
        },
      });
    });
  },
});

export const EXTENSIONS = [
  Kit.configure({
    underline: false,
    link: {
      openOnClick: false,
      // Typed and pasted URLs become links, but names such as README.md and example.rs do not.
      autolink: true,
      linkOnPaste: true,
      markdownLinks: true,
      shouldAutoLink: (url) => /^https?:\/\//i.test(url),
      isAllowedUri: (url) => isSafeAddress(url),
      HTMLAttributes: { target: null, rel: null },
    },
  }),
  Image,
  SourceBlock,
  SourceText,
];
