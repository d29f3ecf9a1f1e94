import { describe, expect, it } from 'vitest';
import { withScriptsLater } from './page-cache.mjs';

describe('withScriptsLater', () => {
  it('names the scripts of Next and loads none', () => {
    const page =
      '<link rel="preload" as="script" fetchPriority="low" href="/_next/static/chunks/a.js"/>' +
      '<script src="/_next/static/chunks/a.js" id="_R_" async=""></script>';
    expect(withScriptsLater(page)).toBe('<script type="text/plain" data-later="/_next/static/chunks/a.js"></script>');
  });

  it('leaves everything else as it is', () => {
    const page =
      '<link rel="preload" href="/_next/static/media/a.woff2" as="font"/><script src="/start.js"></script>' +
      '<script>self.__next_f.push([1,"2"])</script><script type="application/ld+json">{}</script>' +
      '<script src="/_next/static/chunks/old.js" noModule=""></script>';
    expect(withScriptsLater(page)).toBe(page);
  });

  it('takes what a text says about scripts for text', () => {
    const page = '<p>&lt;script src="/_next/static/chunks/a.js"&gt;</p>';
    expect(withScriptsLater(page)).toBe(page);
  });
});
