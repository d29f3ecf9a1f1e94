import 'server-only';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import { toJsxRuntime } from 'hast-util-to-jsx-runtime';
import { colourCode } from '@/lib/html-code';
import { sizeImages } from '@/lib/html-images';
import { forPage, parsed } from '@/lib/html';
import { cn } from '@/lib/classes';

type ProseProps = { html: string; /** What stands above it. */ title?: string; className?: string };

/** HTML that the service made, of a post or a comment: parsed, made ready for a page, and turned into elements. */
export async function Prose({ html, title, className }: ProseProps) {
  const tree = await sizeImages(await colourCode(forPage(parsed(html), title)));
  return <div className={cn('prose', className)}>{toJsxRuntime(tree, { Fragment, jsx, jsxs })}</div>;
}
