import 'server-only';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import type { Root } from 'hast';
import { toJsxRuntime, type Components } from 'hast-util-to-jsx-runtime';
import type { Post } from '@/client';
import { Picture } from '@/components/picture';
import { addCodeBars, colourCode } from '@/lib/html-code';
import { prepareImages, type ImagesByPath, type ImageSize } from '@/lib/html-images';
import { forPage, parsed } from '@/lib/html';
import { cn } from '@/lib/classes';

export type { ImageSize };

/** How wide an image is in a text: as its column, see prose.css. */
const SIZES = '(min-width: 46rem) 43rem, calc(100vw - 2.5rem)';

/** Rendered HTML of a comment: sanitized, prepared for a page, and converted to React elements. */
export async function Prose({ html, className }: { html: string; className?: string }) {
  return <Text tree={await colourCode(forPage(parsed(html)))} className={className} />;
}

type PostTextProps = { post: Pick<Post, 'body_html' | 'cover' | 'images' | 'title'>; imageSize: ImageSize };

/** Text of a post, as of a comment, with what readers can do: copy code, enlarge images. Its title is not repeated. */
export async function PostText({ post, imageSize }: PostTextProps) {
  const images = new Map(post.images.map((image) => [image.url, image]));
  const tree = await colourCode(forPage(parsed(post.body_html), post.title));
  addCodeBars(tree);
  await prepareImages(tree, images, imageSize, post.cover !== null);
  return <Text tree={tree} components={{ img: (props) => <TextImage {...props} images={images} /> }} />;
}

type TextImageProps = React.ComponentProps<'img'> & { images: ImagesByPath };

/** An image of a text. Of those of other sites, and older ones, nothing but their place is known. */
function TextImage({ images, ...props }: TextImageProps) {
  const image = images.get(String(props.src));
  // Its alternative text is there: `prepareImages` of lib/html.ts sees to it.
  // eslint-disable-next-line @next/next/no-img-element, jsx-a11y/alt-text
  if (!image) return <img {...props} />;
  const [width, height] = [Number(props.width), Number(props.height)];
  const shown = { ...image, alt_text: props.alt || image.alt_text, width, height };
  const sizes = width < image.width ? `${width}px` : SIZES;
  return <Picture image={shown} sizes={sizes} priority={props.loading === 'eager'} blurred style={props.style} />;
}

function Text({ tree, className, components }: { tree: Root; className?: string; components?: Partial<Components> }) {
  return <div className={cn('prose', className)}>{toJsxRuntime(tree, { Fragment, jsx, jsxs, components })}</div>;
}
