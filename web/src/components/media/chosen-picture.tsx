'use client';
import { useQuery } from '@tanstack/react-query';
import type { Image } from '@/client';
import { getMediaDetailsOptions } from '@/client/@tanstack/react-query.gen';
import { Picture } from '@/components/picture';
import { messages } from '@/messages';
import { imageOf } from './image-of';

const { post: words } = messages.media;

/** A picture by its id; `known` is what the page knows of it already. The room for it is there before it has come. */
export function ChosenPicture({ id, known }: { id: string; known?: Image | null }) {
  const isKnown = known?.id === id;
  const { data, error } = useQuery({ ...getMediaDetailsOptions({ path: { media_id: id } }), enabled: !isKnown });
  const image = isKnown ? known : data && imageOf(data);
  return (
    <div className="bg-sunken border-line relative grid aspect-[1200/630] w-full place-items-center overflow-hidden rounded-lg border text-sm">
      {image ? (
        <Picture image={image} sizes="20rem" className="absolute inset-0 size-full object-cover" />
      ) : (
        <p role="status" className="text-ink-faint px-4 text-center">{error ? words.gone : words.loading}</p>
      )}
    </div>
  );
}
