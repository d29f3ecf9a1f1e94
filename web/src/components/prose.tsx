import 'server-only';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import { toJsxRuntime } from 'hast-util-to-jsx-runtime';
import { colourCode } from '@/lib/html-code';
import { sizeImages, type ImageSize } from '@/lib/html-images';
import { forPage, parsed } from '@/lib/html';
import { cn } from '@/lib/classes';

export type { ImageSize };

type ProseProps = {
  html: string;
  /** What stands above it. */
  title?: string;
  /** Without it images keep the size that they bring along: comments have none. */
  imageSize?: ImageSize;
  className?: string;
};

/** HTML that the service made, of a post or a comment: parsed, made ready for a page, and turned into elements. */
export async function Prose({ html, title, imageSize, className }: ProseProps) {
  const tree = await colourCode(forPage(parsed(html), title));
  if (imageSize) await sizeImages(tree, imageSize);
  return <div className={cn('prose', className)}>{toJsxRuntime(tree, { Fragment, jsx, jsxs })}</div>;
}
