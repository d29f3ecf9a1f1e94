import type { MetadataRoute } from 'next';
import { DIRECTION, LANGUAGE, messages } from '@/messages';

export default function manifest(): MetadataRoute.Manifest {
  const { name, description } = messages.site;
  return {
    name,
    short_name: name,
    description,
    lang: LANGUAGE,
    dir: DIRECTION,
    start_url: '/',
    display: 'browser',
    background_color: '#fdfcf9',
    theme_color: '#fdfcf9',
    icons: [{ src: '/icon', sizes: '96x96', type: 'image/png' }],
  };
}
