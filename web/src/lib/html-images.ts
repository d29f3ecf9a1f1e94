/** Images in the HTML of a post: room is kept before one has come, captions stand below, and a click enlarges. */
import 'server-only';
import type { Element, ElementContent, Root } from 'hast';
import { SKIP, visit } from 'unist-util-visit';
import type { Image } from '@/client';
import { messages } from '@/messages';
import type { Size } from './image-size';

/** Returns the size of an image of the service by its name, undefined if it cannot be told. */
export type ImageSize = (name: string) => Promise<Size | undefined>;

/** The images of a post by their paths, as they stand in its HTML. */
export type ImagesByPath = ReadonlyMap<string, Image>;

/** Images of the API; those of other sites are not changed. */
const OWN = /^\/media\/([^/?#]+)$/;

/** Smaller ones are as large on the page as they can be. */
const ENLARGED_FROM_PX = 360;

/** Prepare the images of a post for its page; with a cover above them, all are loaded when they are near. */
export async function prepareImages(tree: Root, images: ImagesByPath, imageSize: ImageSize, hasCover: boolean): Promise<void> {
  captionImages(tree, images);
  await sizeImages(tree, images, imageSize);
  linkToFiles(tree);
  if (hasCover) visit(tree, { type: 'element', tagName: 'img' }, ({ properties }) => void (properties.loading = 'lazy'));
}

/**
 * Make an image that stands alone in a paragraph a figure, if it has a title, which is its caption, or else a caption or
 * a credit of its own.
 */
function captionImages(tree: Root, images: ImagesByPath): void {
  visit(tree, { type: 'element', tagName: 'p' }, (paragraph) => {
    const [image, ...others] = paragraph.children.filter((child) => child.type !== 'text' || child.value.trim());
    if (image?.type !== 'element' || image.tagName !== 'img' || others.length > 0) return;
    const { title, src } = image.properties;
    const own = images.get(String(src));
    const caption = String(title ?? '').trim() || own?.caption;
    if (!caption && !own?.credit) return;
    delete image.properties.title;
    paragraph.tagName = 'figure';
    paragraph.children = [image, captionElement(caption, own?.credit)];
  });
}

function captionElement(caption?: string, credit?: string): Element {
  const children: ElementContent[] = [];
  if (caption) children.push({ type: 'text', value: credit ? `${caption} ` : caption });
  if (credit) children.push({ type: 'element', tagName: 'cite', properties: { className: ['credit'] }, children: [{ type: 'text', value: credit }] });
  return { type: 'element', tagName: 'figcaption', properties: {}, children };
}

/** Set width and height of the API's images. */
async function sizeImages(tree: Root, images: ImagesByPath, imageSize: ImageSize): Promise<void> {
  const own: { image: Element; path: string; name: string }[] = [];
  visit(tree, { type: 'element', tagName: 'img' }, (image) => {
    const [path, name] = OWN.exec(String(image.properties.src)) ?? [];
    if (path && name) own.push({ image, path, name });
  });
  // Those of which the post says nothing are older than the API's list of images.
  await Promise.all(own.map(async ({ image, path, name }) => sizeImage(image, images.get(path) ?? (await imageSize(name)))));
}

function sizeImage(image: Element, size: Size | undefined): void {
  if (!size) return;
  const width = Number(image.properties.width) || size.width;
  image.properties.width = width;
  image.properties.height = Math.max(1, Math.round((width * size.height) / size.width));
  // prose.css keeps high images within the window.
  image.properties.style = `--ratio: ${(size.width / size.height).toFixed(3)}`;
}

/** Link the API's images to their files, which public/reading.js shows in a dialog. Those that are links stay as they are. */
function linkToFiles(tree: Root): void {
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
