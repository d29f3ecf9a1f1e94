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
  /** The title above the text, which is not repeated as its first heading. */
  title?: string;
  /** Without it images are not sized: comments have no images. */
  imageSize?: ImageSize;
  className?: string;
};

/** Rendered HTML of a post or a comment: sanitized, prepared for a page, and converted to React elements. */
export async function Prose({ html, title, imageSize, className }: ProseProps) {
  const tree = await colourCode(forPage(parsed(html), title));
  if (imageSize) await sizeImages(tree, imageSize);
  return <div className={cn('prose', className)}>{toJsxRuntime(tree, { Fragment, jsx, jsxs })}</div>;
}
