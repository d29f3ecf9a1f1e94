import type { Image } from '@/client';
import { Picture } from '@/components/picture';
import { avatarHue, initials } from '@/lib/initials';

type AvatarProps = {
  author: { display_name: string; username: string | null; avatar: Image | null };
  /** Width and height in pixels. */
  size: number;
  className?: string;
};

/** Picture of a user, or the initials of the name. Decorative: the name stands beside it. */
export function Avatar({ author, size, className = '' }: AvatarProps) {
  const { avatar } = author;
  if (avatar) {
    const image = { ...avatar, alt_text: '' };
    return (
      <span className={`avatar relative print:hidden ${className}`} style={{ width: size, height: size }}>
        <Picture image={image} sizes={`${size}px`} className="absolute inset-0 size-full object-cover" />
      </span>
    );
  }
  const style = { width: size, height: size, fontSize: size * 0.4, '--avatar-hue': avatarHue(author.username ?? '') };
  return (
    <span aria-hidden className={`avatar print:hidden ${className}`} style={style as React.CSSProperties}>
      {initials(author.display_name)}
    </span>
  );
}
