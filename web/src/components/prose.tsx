import 'server-only';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import type { Root } from 'hast';
import { toJsxRuntime } from 'hast-util-to-jsx-runtime';
import type { Post } from '@/client';
import { addCodeBars, colourCode } from '@/lib/html-code';
import { captionImages, linkToFiles, sizeImages, type ImageSize } from '@/lib/html-images';
import { forPage, parsed } from '@/lib/html';
import { cn } from '@/lib/classes';

export type { ImageSize };

/** Rendered HTML of a comment: sanitized, prepared for a page, and converted to React elements. */
export async function Prose({ html, className }: { html: string; className?: string }) {
  return <Text tree={await colourCode(forPage(parsed(html)))} className={className} />;
}

type PostTextProps = { post: Pick<Post, 'body_html' | 'title'>; imageSize: ImageSize; className?: string };

/** Text of a post, as of a comment, with what readers can do: copy code, enlarge images. Its title is not repeated. */
export async function PostText({ post, imageSize, className }: PostTextProps) {
  const tree = await colourCode(forPage(parsed(post.body_html), post.title));
  addCodeBars(tree);
  captionImages(tree);
  await sizeImages(tree, imageSize);
  linkToFiles(tree);
  return <Text tree={tree} className={className} />;
}

function Text({ tree, className }: { tree: Root; className?: string }) {
  return <div className={cn('prose', className)}>{toJsxRuntime(tree, { Fragment, jsx, jsxs })}</div>;
}
