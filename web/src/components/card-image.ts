/** The image on the card of a link to a post, where it is shared. */
import type { Image, Post } from '@/client';
import { siteUrl } from '@/lib/base-urls';

export type CardImage = { url: string; width: number; height: number; alt: string; type: string };

/**
 * Return the image that was chosen for the card, or else the cover: cut to the card's shape. Undefined while there is
 * neither, or nothing of that shape has been made of the cover yet.
 */
export function cardOf({ card, cover }: Pick<Post, 'card' | 'cover'>): CardImage | undefined {
  if (card) return cropOf(card) ?? whole(card);
  return cover ? cropOf(cover) : undefined;
}

/** The crop is a JPEG: not all sites that show cards know other types. */
function cropOf({ crops, alt_text }: Image): CardImage | undefined {
  if (!crops.card) return undefined;
  const { url, width, height } = crops.card;
  return { url: siteUrl() + url, width, height, alt: alt_text, type: 'image/jpeg' };
}

function whole({ url, width, height, alt_text, media_type }: Image): CardImage {
  return { url: siteUrl() + url, width, height, alt: alt_text, type: media_type };
}
