import { describe, expect, it } from 'vitest';
import { renderToStaticMarkup } from 'react-dom/server';
import { htmlToReact } from './html-to-react';

const shown = (html: string) => renderToStaticMarkup(<>{htmlToReact(html)}</>);

describe('the HTML of a comment in the browser', () => {
  it('is shown as the service made it', () => {
    const html = '<p>Well <em>said</em>,<br/>see <a href="https://example.org" rel="nofollow ugc noopener">this</a>.</p>';
    expect(shown(html)).toBe(html);
  });

  it.each([
    '<img src="x" onerror="alert(1)">',
    '<p onclick="alert(1)">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<script>alert(1)</script>',
    '<iframe srcdoc="x"></iframe>',
    '<svg onload="alert(1)"></svg>',
    '<p style="position:fixed">x</p>',
  ])('adds nothing: %s', (html) => {
    expect(shown(html)).not.toMatch(/<(?!\/?(p|a)\b)|\son\w+=|style=|src=|href=/);
  });
});
