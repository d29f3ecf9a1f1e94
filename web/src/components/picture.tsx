/** What a picture needs of the API's `Image`. */
export type PictureImage = {
  url: string;
  media_type: string;
  width: number;
  height: number;
  alt_text: string;
  focal_point: { x: number; y: number };
  dominant_color: string | null;
  placeholder: string | null;
  sources: { media_type: string; srcset: string }[];
};

type PictureProps = {
  image: PictureImage;
  /** How wide it is shown, as in HTML: browsers choose the file by it. */
  sizes: string;
  /** Of the largest image of a page: it is loaded first. All others are loaded when they are near. */
  priority?: boolean;
  /** Whether a blurred version shows until it is loaded; otherwise only its colour, which is less to send. */
  blurred?: boolean;
  /** Of the `<img>`. */
  className?: string;
  style?: React.CSSProperties;
};

/**
 * An image in the widths and formats that the API has made of it, or as it was uploaded while there are none. It keeps
 * its room, and where CSS crops it (`object-fit: cover`) its focal point stays in sight.
 */
export function Picture({ image, sizes, priority = false, blurred = false, className, style }: PictureProps) {
  const { url, width, height, alt_text: alt, sources } = image;
  return (
    <picture>
      {sources.map(({ media_type, srcset }) => (
        <source key={media_type} type={media_type} srcSet={srcset} sizes={sizes} />
      ))}
      <img
        // Before `src`: Safari would begin to load.
        loading={priority ? 'eager' : 'lazy'}
        fetchPriority={priority ? 'high' : undefined}
        decoding="async"
        src={url}
        alt={alt}
        width={width}
        height={height}
        data-placeholder={isOpaque(image) ? '' : undefined}
        className={className}
        style={{ ...pictureStyle(image, blurred), ...style }}
      />
    </picture>
  );
}

/** Drawings and icons, which are often transparent: what lies below them would shine through. */
const TRANSPARENT_TYPES = ['image/png', 'image/gif'];

const isOpaque = ({ media_type }: PictureImage) => !TRANSPARENT_TYPES.includes(media_type);

/** Return what shows until an image is loaded, when public/start.js takes it away, and the place of its focal point. */
function pictureStyle(image: PictureImage, blurred: boolean): React.CSSProperties {
  const { x, y } = image.focal_point;
  const placeholder = blurred && image.placeholder;
  return {
    objectPosition: x === 50 && y === 50 ? undefined : `${x}% ${y}%`,
    ...(isOpaque(image) && {
      backgroundColor: image.dominant_color ?? undefined,
      ...(placeholder && { backgroundImage: `url(${placeholder})`, backgroundSize: 'cover' }),
    }),
  };
}
