/**
 * Where are made pages kept? Where Next keeps them. A page that is whole without its scripts does not ask for them as
 * it is handed out: public/start.js does, once the reader reaches for something. Most readers read one page and leave.
 *
 * Plain JavaScript: the running server loads this file as it is (`cacheHandler` of next.config.ts).
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { default: FileSystemCache } = require('next/dist/server/lib/incremental-cache/file-system-cache');

/** What a page says of itself when it can do without: `<ScriptsLater />`. */
const MARK = '<meta name="scripts" content="later"/>';

// eslint-disable-next-line import/no-default-export -- Next asks for it.
export default class PageCache extends FileSystemCache {
  /** Change what was made with the build. @param {unknown[]} wanted */
  async get(...wanted) {
    const entry = await super.get(...wanted);
    if (!canDoWithout(entry?.value)) return entry;
    return { ...entry, value: { ...entry.value, html: withScriptsLater(entry.value.html) } };
  }

  /**
   * Change what was made just now. In place: whoever waits for the page gets what was handed over to be kept.
   * @param {string} key @param {unknown[]} more
   */
  async set(key, made, ...more) {
    if (canDoWithout(made)) made.html = withScriptsLater(made.html);
    return super.set(key, made, ...more);
  }
}

const canDoWithout = (made) => made?.kind === 'APP_PAGE' && made.html.includes(MARK);

/**
 * Return a page in which Next's scripts are named and not loaded. What they will need to take over stays in it.
 * @param {string} html
 */
export function withScriptsLater(html) {
  return html
    .replaceAll(/<link rel="preload" as="script"[^>]*>/g, '')
    .replaceAll(/<script src="(\/_next\/[^"]*)"[^>]*>/g, (tag, address) =>
      // Only browsers that know no modules would load it, and none of those can run the rest.
      tag.includes('noModule') ? tag : `<script type="text/plain" data-later="${address}">`,
    );
}
