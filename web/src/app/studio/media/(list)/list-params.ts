/** Search params of the media library: filters, as the URL and the API have them. */
import type { MediaQuery } from '@/components/media/media-pages';
import { searchParam, type Query } from '@/components/studio/table-params';
import { messages } from '@/messages';

const { types, tabs } = messages.media.filters;

export type Shown = keyof typeof tabs;
export type FileType = keyof typeof types;
export type MediaParams = { q: string; type: FileType; shown: Shown };

export const TABS = Object.keys(tabs) as Shown[];
export const TYPES = Object.entries(types) as [FileType, string][];
const PATH = '/studio/media';

/** Parse the search params; missing or invalid values get their defaults. */
export function parseMediaParams(query: Query): MediaParams {
  return {
    q: searchParam(query, 'q'),
    type: TYPES.find(([type]) => type === searchParam(query, 'type'))?.[0] ?? '',
    shown: TABS.find((each) => each === searchParam(query, 'shown')) ?? 'all',
  };
}

/** Return the query of the API call. */
export function mediaQuery({ q, type, shown }: MediaParams): MediaQuery {
  return {
    ...(q && { search: q }),
    ...((type === 'image' || type === 'document') && { kind: type }),
    ...(type.includes('/') && { media_type: type }),
    ...(shown === 'unused' && { used: false }),
    ...(shown === 'alt' && { missing_alt_text: true }),
  };
}

/** Return the URL of the library with these changes. */
export function mediaUrl(params: MediaParams, changes: Partial<MediaParams> = {}): string {
  const { q, type, shown } = { ...params, ...changes };
  const said = Object.entries({ q, type, shown: shown === 'all' ? '' : shown }).filter(([, value]) => value !== '');
  return said.length > 0 ? `${PATH}?${new URLSearchParams(said)}` : PATH;
}

export const isFiltered = ({ q, type, shown }: MediaParams) => q !== '' || type !== '' || shown !== 'all';
