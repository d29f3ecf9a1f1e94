import { describe, expect, it } from 'vitest';
import { isFiltered, mediaQuery, mediaUrl, parseMediaParams } from './list-params';

describe('search params of the media library', () => {
  it('are everything without filters', () => {
    const params = parseMediaParams({ type: 'video/mp4', shown: 'nothing', q: ' ' });
    expect(params).toEqual({ q: '', type: '', shown: 'all' });
    expect(isFiltered(params)).toBe(false);
    expect(mediaQuery(params)).toEqual({});
    expect(mediaUrl(params)).toBe('/studio/media');
  });

  it('tell a kind from a type', () => {
    expect(mediaQuery(parseMediaParams({ type: 'image' }))).toEqual({ kind: 'image' });
    expect(mediaQuery(parseMediaParams({ type: 'image/png' }))).toEqual({ media_type: 'image/png' });
  });

  it('keep the other filters when one is changed', () => {
    const params = parseMediaParams({ q: 'sea & sky', type: 'image/jpeg', shown: 'unused' });
    expect(mediaQuery(params)).toEqual({ search: 'sea & sky', media_type: 'image/jpeg', used: false });
    expect(mediaUrl(params, { shown: 'alt' })).toBe('/studio/media?q=sea+%26+sky&type=image%2Fjpeg&shown=alt');
    expect(mediaQuery({ ...params, shown: 'alt' })).toMatchObject({ missing_alt_text: true });
  });
});
