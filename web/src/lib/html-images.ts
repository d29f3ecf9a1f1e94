/** Images in the HTML of a post: room is kept before one has come, captions stand below, and a click enlarges. */
import 'server-only';
import type { Element, ElementContent, Root } from 'hast';
import { SKIP, visit } from 'unist-util-visit';
import { messages } from '@/messages';
import type { Size } from './image-size';

/** Returns the size of an image of the service by its name, undefined if it cannot be told. */
export type ImageSize = (name: string) => Promise<Size | undefined>;

/** Images of the API; those of other sites are not changed. */
const OWN = /^\/media\/([^/?#]+)$/;

/** Smaller ones are as large on the page as they can be. */
const ENLARGED_FROM_PX = 360;

/** Set width and height of the API's images. */
export async function sizeImages(tree: Root, imageSize: ImageSize): Promise<void> {
  const images: { image: Element; name: string }[] = [];
  visit(tree, { type: 'element', tagName: 'img' }, (image) => {
    const name = OWN.exec(String(image.properties.src))?.[1];
    if (name) images.push({ image, name });
  });
  await Promise.all(images.map(async ({ image, name }) => sizeImage(image, await imageSize(name))));
}

function sizeImage(image: Element, size: Size | undefined): void {
  if (!size) return;
  const width = Number(image.properties.width) || size.width;
  image.properties.width = width;
  image.properties.height = Math.max(1, Math.round((width * size.height) / size.width));
  // prose.css keeps high images within the window.
  image.properties.style = `--ratio: ${(size.width / size.height).toFixed(3)}`;
}

/** Make an image that stands alone in a paragraph and has a title a figure, whose caption is the title. */
export function captionImages(tree: Root): void {
  visit(tree, { type: 'element', tagName: 'p' }, (paragraph) => {
    const [image, ...others] = paragraph.children.filter((child) => child.type !== 'text' || child.value.trim());
    if (image?.type !== 'element' || image.tagName !== 'img' || others.length > 0) return;
    const { title } = image.properties;
    if (typeof title !== 'string' || !title.trim()) return;
    delete image.properties.title;
    const caption: ElementContent = { type: 'text', value: title };
    paragraph.tagName = 'figure';
    paragraph.children = [image, { type: 'element', tagName: 'figcaption', properties: {}, children: [caption] }];
  });
}

/** Link the API's images to their files, which public/reading.js shows in a dialog. Those that are links stay as they are. */
export function linkToFiles(tree: Root): void {
  visit(tree, 'element', (node, index, parent) => {
    if (node.tagName === 'a' || node.tagName === 'summary') return SKIP;
    const { src, alt, width } = node.properties;
    if (node.tagName !== 'img' || !parent || index === undefined || !OWN.test(String(src))) return undefined;
    if (typeof width === 'number' && width < ENLARGED_FROM_PX) return undefined;
    const properties = { href: String(src), className: ['enlarge'], dataEnlarge: width ?? '', ariaLabel: messages.site.post.enlarge(String(alt ?? '')) };
    parent.children[index] = { type: 'element', tagName: 'a', properties, children: [node] };
    return SKIP;
  });
}
