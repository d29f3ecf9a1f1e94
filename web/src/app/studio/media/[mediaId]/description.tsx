import type { Media } from '@/client';
import { imageOf } from '@/components/media/image-of';
import { Picture } from '@/components/picture';
import { messages } from '@/messages';
import { Fact } from './facts';

const { details: words } = messages.media.one;

/** What is written about a file of another author, who alone can change it, apart from editors. */
export function Description({ media }: { media: Media }) {
  const image = imageOf(media);
  const written = { [words.alt]: image ? media.alt_text : '', [words.caption]: media.caption, [words.credit]: media.credit };
  return (
    <>
      {image && <Picture image={image} sizes="(min-width: 64rem) 40rem, 100vw" className="max-h-[60vh] w-auto max-w-full rounded-lg" />}
      <p className="text-ink-soft text-sm">{words.theirs}</p>
      <dl className="grid w-full grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 text-sm">
        {Object.entries(written).map(([name, text]) => text && <Fact key={name} name={name}>{text}</Fact>)}
      </dl>
    </>
  );
}
