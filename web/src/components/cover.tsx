import type { Image } from '@/client';
import { Picture } from '@/components/picture';

/** As wide as the article, see prose.css. */
const SIZES = '(min-width: 64rem) 61.5rem, calc(100vw - 2.5rem)';

/** A higher one would push the text out of sight: it is cropped around its focal point. */
const LEAST_RATIO = 1.5;

/** Cover of a post, with its caption and credit. */
export function Cover({ image }: { image: Image }) {
  const { caption, credit, width, height } = image;
  const style = { aspectRatio: Math.max(width / height, LEAST_RATIO).toFixed(3) };
  return (
    <figure className="article-cover">
      <Picture image={image} sizes={SIZES} priority blurred className="rounded-card w-full object-cover" style={style} />
      {(caption || credit) && (
        <figcaption className="text-ink-faint mt-3 text-sm leading-relaxed wrap-anywhere">
          {caption} {credit && <cite className="credit">{credit}</cite>}
        </figcaption>
      )}
    </figure>
  );
}
