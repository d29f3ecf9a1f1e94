import { FileText } from 'lucide-react';
import type { Media } from '@/client';
import { Picture } from '@/components/picture';
import { Badge } from '@/components/ui/badge';
import { messages } from '@/messages';
import { imageOf } from './image-of';

const { states } = messages.media;

/** Square of a file: the picture, cut to its focal point, or what kind of file it is. What names it stands beside it. */
export function Thumbnail({ media, sizes }: { media: Media; sizes: string }) {
  const { file_name, state } = media;
  const image = imageOf(media);
  return (
    <span className="bg-sunken border-line relative grid aspect-square w-full place-items-center overflow-hidden rounded-lg border">
      {image ? (
        <Picture image={{ ...image, alt_text: '' }} sizes={sizes} className="absolute inset-0 size-full object-cover" />
      ) : (
        <span className="text-ink-faint grid justify-items-center gap-2">
          <FileText aria-hidden className="size-10" />
          <span className="text-sm font-medium uppercase">{endingOf(file_name)}</span>
        </span>
      )}
      {state !== 'ready' && image && (
        <Badge tone={state === 'failed' ? 'bad' : 'plain'} className="absolute bottom-2 start-2">
          {state === 'processing' && <span aria-hidden className="size-3 animate-spin rounded-full border-2 border-current border-t-transparent" />}
          {states[state]}
        </Badge>
      )}
    </span>
  );
}

const endingOf = (name: string) => /\.(\w{1,5})$/.exec(name)?.[1] ?? '';
