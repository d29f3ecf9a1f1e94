/** Tiptap extensions of the rich editor: exactly what the service's Markdown has a notation for. */
import {
  mergeAttributes, Node, type AnyExtension, type JSONContent, type MarkdownParseHelpers, type MarkdownRendererHelpers,
  type MarkdownToken,
} from '@tiptap/react';
import StarterKit from '@tiptap/starter-kit';
import { asParagraph, plainer } from './markdown-escaping';

const Image = Node.create({
  name: 'image',
  group: 'inline',
  inline: true,
  draggable: true,
  addAttributes: () => ({ src: { default: '' }, alt: { default: '' }, title: { default: null } }),
  parseHTML: () => [{ tag: 'img[src]' }],
  renderHTML: ({ HTMLAttributes }) => ['img', mergeAttributes(HTMLAttributes)],
  markdownTokenName: 'image',
  parseMarkdown: (token, helpers) =>
    helpers.createNode('image', { src: token.href, alt: token.text ?? '', title: token.title || null }),
  renderMarkdown: ({ attrs }) => {
    const alt = String(attrs?.alt ?? '').replace(/[[\]\\]/g, '\\$&');
    const title = attrs?.title ? ` "${String(attrs.title).replace(/["\\]/g, '\\$&')}"` : '';
    return `![${alt}](${attrs?.src ?? ''}${title})`;
  },
});

const Kit = StarterKit.extend({
  addExtensions() {
    return (this.parent?.() ?? []).map((extension: AnyExtension) => {
      if (extension.name === 'paragraph') {
        return extension.extend({
          parseMarkdown: (token: MarkdownToken, helpers: MarkdownParseHelpers) =>
            helpers.createNode('paragraph', undefined, helpers.parseInline(token.tokens ?? [])),
          renderMarkdown: (node: JSONContent, helpers: MarkdownRendererHelpers) =>
            asParagraph(plainer(helpers.renderChildren(node.content ?? []))),
        });
      }
      if (extension.name === 'heading') {
        return extension.extend({
          renderMarkdown: (node: JSONContent, helpers: MarkdownRendererHelpers) =>
            `${'#'.repeat(Number(node.attrs?.level ?? 2))} ${plainer(helpers.renderChildren(node.content ?? []))}`,
        });
      }
      // As in Markdown, code may be linked, bold or leaning.
      if (extension.name === 'code') return extension.extend({ excludes: '' });
      return extension;
    });
  },
});

export const EXTENSIONS = [
  Kit.configure({
    underline: false,
    link: { openOnClick: false, autolink: false, HTMLAttributes: { target: null, rel: null } },
  }),
  Image,
];
