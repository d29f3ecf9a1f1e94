import { messages } from '@/messages';
import { drawCard } from './opengraph-drawing';

export const alt = messages.site.name;
export const size = { width: 1200, height: 630 };
export const contentType = 'image/png';

export default function SiteCard() {
  return drawCard(messages.site.name, messages.site.description);
}
