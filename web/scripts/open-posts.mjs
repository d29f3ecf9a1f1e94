/**
 * Opens Markdown in the rich editor without a browser: reads {"posts": {name: Markdown}, "generated": number} from
 * stdin, and writes how each post is opened, and that many generated documents as the editor writes them. Used by
 * tests/web/editor_posts.py, which compares the renderings.
 */
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const load = async (file) => {
  const { module } = await runnerImport(`${root}src/components/editor/${file}`, { root, configFile: false, logLevel: 'error', resolve: { alias: { '@': `${root}src` } } });
  return module;
};

const { open, generate } = await load('markdown/without-browser.ts');
const { posts = {}, generated = 0 } = JSON.parse(await text(process.stdin));
const opened = Object.fromEntries(Object.entries(posts).map(([name, source]) => [name, open(source)]));
process.stdout.write(JSON.stringify({ posts: opened, generated: Array.from({ length: generated }, (_, seed) => generate(seed)) }));
