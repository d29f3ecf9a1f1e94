/** Image sizes in the HTML of a post: room is kept before an image has come, and browsers choose among Next's widths. */
import 'server-only';
import type { Element, Root } from 'hast';
import { getImageProps } from 'next/image';
import { visit } from 'unist-util-visit';
import type { Size } from './image-size';

/** Returns the size of an image of the service by its name, undefined if it cannot be told. */
export type ImageSize = (name: string) => Promise<Size | undefined>;

/** Images of the API; those of other sites are not changed. */
const OWN = /^\/media\/([^/?#]+)$/;

/** Width of the text column, see prose.css. */
const SIZES = '(min-width: 48rem) 44rem, 100vw';

/** Set width, height and `srcset` of the API's images. */
export async function sizeImages(tree: Root, imageSize: ImageSize): Promise<void> {
  const images: { image: Element; name: string }[] = [];
  visit(tree, { type: 'element', tagName: 'img' }, (image) => {
    const name = OWN.exec(String(image.properties.src))?.[1];
    if (name) images.push({ image, name });
  });
  await Promise.all(images.map(async ({ image, name }) => sizeImage(image, name, await imageSize(name))));
}

function sizeImage(image: Element, name: string, size: Size | undefined): void {
  if (!size) return;
  const { properties } = image;
  const width = Number(properties.width) || size.width;
  const height = Math.max(1, Math.round((width * size.height) / size.width));
  // Resizing would lose the animation.
  if (name.endsWith('.gif')) Object.assign(properties, { width, height });
  else {
    const sizes = width < size.width ? `${width}px` : SIZES;
    const { props } = getImageProps({ src: String(properties.src), alt: '', width, height, sizes });
    Object.assign(properties, { width, height, sizes, src: props.src, srcSet: props.srcSet });
  }
}
