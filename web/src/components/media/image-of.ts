/** The pictures among the files of the library. */
import type { Image, Media } from '@/client';

/** Return a file as the picture that it is, undefined for other files. */
export function imageOf(media: Media): Image | undefined {
  const { kind, width, height } = media;
  return kind === 'image' && width && height ? { ...media, width, height } : undefined;
}
