/** A file of the library as Markdown. */
import type { Media } from '@/client';

/** Return the Markdown that shows a picture, or links to another file: `![A cat](/media/….jpg)`. */
export function markdownImage({ kind, alt_text, file_name, url }: Pick<Media, 'kind' | 'alt_text' | 'file_name' | 'url'>): string {
  const text = (kind === 'image' ? alt_text : file_name).replace(/\s+/g, ' ').replace(/[\\[\]`*_<]/g, '\\$&');
  return `${kind === 'image' ? '!' : ''}[${text}](${url})`;
}
