import { describe, expect, it, vi } from 'vitest';
import { hastToHtml } from 'shiki/core';
import { visit } from 'unist-util-visit';
import type { Image } from '@/client';
import { forPage, parsed, withWholeAddresses } from './html';
import { depths } from './html-outline';
import { addCodeBars, colourCode } from './html-code';
import { prepareImages } from './html-images';

vi.mock('server-only', () => ({}));

const page = (html: string, title?: string) => hastToHtml(forPage(parsed(html), title));
const coloured = async (html: string) => hastToHtml(await colourCode(forPage(parsed(html))));

describe('what no page may contain', () => {
  const HOSTILE = [
    '<img src="x" onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<img src="javascript:alert(1)">',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    '<script>alert(1)</script>',
    '<svg><script>alert(1)</script></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<p style="position:fixed;inset:0">x</p>',
    '<form action="https://evil.example"><button formaction="javascript:alert(1)">x</button></form>',
    '<input type="password" name="password" onfocus="alert(1)" autofocus>',
    '<details open ontoggle="alert(1)"><summary>x</summary></details>',
    '<h2 id="user-content-x" onclick="alert(1)">x</h2>',
    '<a href="#" class="anchor" onclick="alert(1)">x</a>',
    '<pre><code class="language-js" onclick="alert(1)">"</code><script>alert(1)</script></pre>',
    '<pre><code class="language-html">&lt;script&gt;alert(1)&lt;/script&gt;</code></pre>',
    '<pre><code class="language-constructor">x</code></pre>',
    '<table><tr><td onmouseover="alert(1)">x</td></tr></table>',
    '<base href="https://evil.example"><meta http-equiv="refresh" content="0">',
  ];

  it.each(HOSTILE)('%s', async (html) => {
    const tree = await colourCode(forPage(parsed(html)));
    visit(tree, (node) => {
      expect(['root', 'element', 'text']).toContain(node.type);
      if (node.type !== 'element') return;
      expect(node.tagName).not.toMatch(/^(script|style|iframe|svg|math|form|button|base|meta|object|embed|template)$/);
      for (const [name, value] of Object.entries(node.properties)) {
        expect(name).not.toMatch(/^(on.*|style|srcDoc|formAction|action|name|autoFocus)$/i);
        if (name === 'href' || name === 'src') {
          expect(new URL(String(value), 'https://site.example').protocol).toMatch(/^(https?|mailto):$/);
        }
      }
    });
  });

  it('does not come back in a feed', () => {
    for (const html of HOSTILE) {
      expect(withWholeAddresses(html, 'https://example.org/posts/x')).not.toMatch(/<script|\son[a-z]+=|"\s*javascript:/i);
    }
  });
});

describe('headings', () => {
  it('stand below the title, one step deeper at most', () => {
    expect(depths([1, 3, 3, 2, 6, 1])).toEqual([1, 2, 2, 2, 3, 1]);
    expect(depths([3, 2])).toEqual([1, 1]);
    expect(page('<h1>A</h1><h4>B</h4>')).toBe('<h2>A</h2><h3>B</h3>');
  });

  it('link to themselves, by a name of their own', () => {
    expect(page('<h2 id="user-content-a">A <em>b</em></h2>')).toBe(
      '<h2 id="user-content-a">A <em>b</em><a href="#user-content-a" class="anchor" aria-label="Link to “A b”">#</a></h2>',
    );
  });

  it('are left out at the beginning where they repeat the title', () => {
    expect(page('<h1>The title</h1><p>Text</p>', 'The title')).toBe('<p>Text</p>');
    expect(page('<p>Text</p><h1>The title</h1>', 'The title')).toContain('<h2>');
  });
});

describe('links', () => {
  it('to a plain heading land at its prefixed id', () => {
    expect(page('<p><a href="#a">x</a></p><h2 id="user-content-a">A</h2>')).toContain('<a href="#user-content-a">x</a>');
  });

  it('to what is not there stay as they are', () => {
    expect(page('<a href="#nowhere">x</a>')).toBe('<a href="#nowhere">x</a>');
  });

  it('to other sites say nothing of this window, and keep what the service said', () => {
    expect(page('<a href="https://example.org">x</a>')).toContain('rel="noopener"');
    expect(page('<a href="//example.org" rel="nofollow ugc noopener">x</a>')).toContain('rel="nofollow ugc noopener"');
    expect(page('<a href="/posts/x">x</a>')).toBe('<a href="/posts/x">x</a>');
  });
});

describe('the rest of a text', () => {
  it('has images that wait until they are near, but not at the beginning', () => {
    const html = page('<p><img src="/media/a.png" alt="A"></p><p>1</p><p>2</p><p><img src="/media/b.png" loading="eager"></p>');
    expect(html).toContain('<img src="/media/a.png" alt="A" loading="eager" decoding="async">');
    expect(html).toContain('<img src="/media/b.png" loading="lazy" decoding="async" alt="">');
  });

  it('has the words of images that did not come along', () => {
    expect(page('<p><img src="party.jpeg" alt="A party" loading="lazy"></p>')).toBe('<p><span class="missing">A party</span></p>');
    expect(page('<img src="https://a.example/b.png">')).toContain('<img src="https://a.example/b.png"');
  });

  it('has tables that scroll by themselves, and no headings that say nothing', () => {
    expect(page('<table><tr><th></th><th>A</th></tr></table>')).toBe(
      '<div class="scrolls" tabindex="0" role="group" aria-label="Table"><table><tbody><tr><td></td><th>A</th></tr></tbody></table></div>',
    );
  });

  it('has check boxes with a name', () => {
    expect(page('<ul><li><input type="checkbox" checked disabled> a</li></ul>')).toContain(
      '<li class="task"><input type="checkbox" disabled checked aria-label="Done"> a</li>',
    );
  });

  it('keeps the words of footnotes apart from the text', () => {
    expect(page('<section role="doc-endnotes"><ol><li id="user-content-fn:1">x</li></ol></section>')).toBe(
      '<section role="doc-endnotes" aria-label="Footnotes"><ol><li id="user-content-fn:1">x</li></ol></section>',
    );
  });
});

describe('code', () => {
  it('is coloured where its language is known', async () => {
    const html = await coloured('<pre><code class="language-python">def f(): # x\n    return "a &lt; b"\n</code></pre>');
    expect(html).toContain('<span class="code-keyword">def </span><span class="code-function">f</span>');
    expect(html).toContain('<span class="code-comment"># x</span>');
    expect(html).toMatch(/<span class="code-string[^"]*">"a &#x3C; b"<\/span>/);
    expect(html).not.toContain('style=');
  });

  it('says the same as before', async () => {
    const text = 'fn main() {\n\n    println!("{}", 1 < 2);\n}';
    const html = await coloured(`<pre><code class="language-rust">${text.replaceAll('<', '&lt;')}\n</code></pre>`);
    expect(html.replaceAll(/<[^>]+>/g, '').replaceAll('&#x3C;', '<')).toBe(text);
  });

  it('stays plain in a language that no grammar knows', async () => {
    const plain = '<pre tabindex="0" role="group" aria-label="Code in nonesuch"><code class="language-nonesuch">a &#x3C; b</code></pre>';
    expect(await coloured('<pre><code class="language-nonesuch">a &lt; b</code></pre>')).toBe(plain);
  });
});

describe('a code block of a post', () => {
  const block = async (attributes: string) => {
    const tree = await colourCode(forPage(parsed(`<ul><li><pre><code${attributes}>x</code></pre></li></ul>`)));
    addCodeBars(tree);
    return hastToHtml(tree);
  };

  it('has a bar with the name of its language, and a button that copies it', async () => {
    const html = await block(' class="language-ts"');
    expect(html).toMatch(/^<ul><li><div class="code-block"><div class="code-bar"><span class="code-language">TypeScript<\/span><button [^>]*type="button" data-copy="" aria-label="Copy code">/);
    expect(html).toContain('<pre tabindex="0" role="group" aria-label="Code in TypeScript">');
  });

  it('is named as its author wrote the language where no grammar knows it, and not at all where it is plain', async () => {
    expect(await block(' class="language-nonesuch"')).toContain('<span class="code-language">nonesuch</span>');
    expect(await block(' class="language-text"')).toContain('<span class="code-language"></span>');
    expect(await block('')).toContain('<span class="code-language"></span>');
  });
});

describe('an image of a post', () => {
  const shown = async (html: string, size?: { width: number; height: number }) => {
    const tree = parsed(html);
    await prepareImages(tree, new Map(), async () => size, false);
    return hastToHtml(tree);
  };

  it('keeps its room, and links to its file', async () => {
    expect(await shown('<p><img src="/media/a.png" alt="A"></p>', { width: 800, height: 600 })).toBe(
      '<p><a href="/media/a.png" class="enlarge" data-enlarge="800" aria-label="Enlarge image: A">' +
        '<img src="/media/a.png" alt="A" width="800" height="600" style="--ratio: 1.333"></a></p>',
    );
  });

  it('stays as it is where it is a link, small, or of another site', async () => {
    const large = { width: 800, height: 600 };
    for (const html of ['<a href="/x"><img src="/media/a.png"></a>', '<img src="https://a.example/a.png">']) {
      expect(await shown(html, large)).not.toContain('enlarge');
    }
    expect(await shown('<img src="/media/a.png">', { width: 64, height: 64 })).not.toContain('enlarge');
  });

  it('is a figure where it stands alone and has a title, which is its caption', async () => {
    expect(await shown('<p>\n<img src="https://a.example/b.png" alt="A" title="In &lt;b&gt; 1923"></p>')).toBe(
      '<figure><img src="https://a.example/b.png" alt="A"><figcaption>In &#x3C;b> 1923</figcaption></figure>',
    );
    for (const html of ['<p>See <img src="/media/a.png" title="T"></p>', '<p><img src="/media/a.png" title=" "></p>', '<p><img src="/media/a.png"></p>']) {
      expect(await shown(html)).not.toContain('figure');
    }
  });
});

describe('an image of which the post tells', () => {
  const own = { url: '/media/a.jpg', width: 1200, height: 900, caption: 'The loom.', credit: 'Photo: Ada' } as Image;
  const shown = async (html: string, image = own, hasCover = false) => {
    const tree = forPage(parsed(html));
    await prepareImages(tree, new Map([[image.url, image]]), async () => undefined, hasCover);
    return hastToHtml(tree);
  };

  it('has its size, its caption and whom to credit', async () => {
    const html = await shown('<p><img src="/media/a.jpg" alt="A"></p>');
    expect(html).toMatch(/^<figure><a href="\/media\/a.jpg" [^>]*><img [^>]*width="1200" height="900"/);
    expect(html).toContain('<figcaption>The loom. <cite class="credit">Photo: Ada</cite></figcaption></figure>');
  });

  it('has the caption that the text gives it, before its own', async () => {
    expect(await shown('<p><img src="/media/a.jpg" title="Here"></p>')).toContain('<figcaption>Here <cite class="credit">');
    expect(await shown('<p><img src="/media/a.jpg"></p>', { ...own, caption: '' })).toContain('<figcaption><cite class="credit">');
    expect(await shown('<p><img src="/media/a.jpg"></p>', { ...own, caption: '', credit: '' })).not.toContain('fig');
  });

  it('is as wide as the text says', async () => {
    expect(await shown('<img src="/media/a.jpg" width="400">')).toMatch(/ width="400" .*height="300"/);
  });

  it('waits below a cover', async () => {
    expect(await shown('<p><img src="/media/a.jpg"></p>')).toContain('loading="eager"');
    expect(await shown('<p><img src="/media/a.jpg"></p>', own, true)).toContain('loading="lazy"');
  });
});

describe('a feed', () => {
  it('has whole addresses', () => {
    const html = '<a href="/posts/y">y</a><a href="#user-content-a">a</a><img src="/media/a.png" alt=""><a href="https://b.example/">b</a>';
    expect(withWholeAddresses(html, 'https://a.example/posts/x')).toBe(
      '<a href="https://a.example/posts/y">y</a><a href="https://a.example/posts/x#user-content-a">a</a>' +
        '<img src="https://a.example/media/a.png" alt=""><a href="https://b.example/">b</a>',
    );
  });
});
