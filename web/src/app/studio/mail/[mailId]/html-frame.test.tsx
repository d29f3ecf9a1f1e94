import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { frameDocument, HtmlFrame } from './html-frame';

const POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';';

describe('frameDocument', () => {
  it('begins the head with the policy, and keeps the document type', () => {
    const html = frameDocument('<!doctype html><html><head lang="en"><title>A</title></head><body><header>B</header></body></html>');
    expect(html.startsWith(`<!doctype html><html><head lang="en">${POLICY}`)).toBe(true);
    expect(html.split(POLICY)).toHaveLength(2);
  });

  it('has the policy before everything else where there is no head', () => {
    expect(frameDocument('<header>$&</header>').startsWith(POLICY)).toBe(true);
    expect(frameDocument('<header>$&</header>').endsWith('<header>$&</header>')).toBe(true);
  });
});

it('is sandboxed: no scripts, no forms, nothing of this site', () => {
  const frame = renderToStaticMarkup(<HtmlFrame title="Mail" html="<p>Text</p>" />);
  expect(/sandbox="([^"]*)"/.exec(frame)?.[1]).toBe('allow-popups allow-popups-to-escape-sandbox');
});
