import { describe, expect, it } from 'vitest';
import { markdownImage } from './markdown-image';

const url = '/media/0123.jpg';

describe('markdownImage', () => {
  it('shows a picture with its alternative text, on one line', () => {
    expect(markdownImage({ kind: 'image', alt_text: 'A cat\n\non a [mat]', file_name: 'cat.jpg', url })).toBe('![A cat on a \\[mat\\]](/media/0123.jpg)');
    expect(markdownImage({ kind: 'image', alt_text: '', file_name: 'cat.jpg', url })).toBe('![](/media/0123.jpg)');
  });

  it('links to another file by its name', () => {
    expect(markdownImage({ kind: 'document', alt_text: '', file_name: 'a_b.pdf', url: '/media/1.pdf' })).toBe('[a\\_b.pdf](/media/1.pdf)');
  });
});
