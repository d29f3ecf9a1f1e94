import { drawIcon } from './opengraph-drawing';

export const size = { width: 96, height: 96 };
export const contentType = 'image/png';

export default function Icon() {
  return drawIcon(size.width);
}
