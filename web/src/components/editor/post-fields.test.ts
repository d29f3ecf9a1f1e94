import { describe, expect, test } from 'vitest';
import type { Post } from '@/client';
import { changedFields, changesFromFields, conflictingFields, EMPTY_FIELDS, fieldsFromPost, isGeneratedSlug, nextSlug, rebaseFields, slugify } from './post-fields';

const post = {
  title: 'The engine', slug: 'the-engine', body: 'It *weaves* & more.', body_html: '<p>It <em>weaves</em> &amp; more.</p>',
  excerpt: 'It weaves & more.', seo_title: 'The engine', seo_description: 'It weaves & more.', canonical_url: null,
  tags: [{ name: 'History', slug: 'history' }],
} as unknown as Post;

describe('what was written of a post', () => {
  test('is not what is derived', () => {
    expect(fieldsFromPost(post)).toEqual({ ...EMPTY_FIELDS, title: post.title, slug: post.slug, body: post.body, tags: ['History'] });
    expect(fieldsFromPost({ ...post, excerpt: 'It weaves…' }).excerpt).toBe('');
  });

  test('is what differs from that', () => {
    const own = { ...post, excerpt: 'On mills.', seo_title: 'Mills', seo_description: 'Of mills.', canonical_url: 'https://example.org' };
    expect(fieldsFromPost(own)).toMatchObject({ excerpt: 'On mills.', seo_title: 'Mills', seo_description: 'Of mills.', canonical_url: 'https://example.org' });
  });
});

describe('the pictures of a post', () => {
  test('are what was chosen, with the texts that were written for this post alone', () => {
    const image = { id: '1', alt_text: 'Of the library', caption: '' };
    const shown = { ...post, cover: image, card: null, cover_alt_text: null, cover_caption: 'Here' } as unknown as Post;
    expect(fieldsFromPost(shown)).toMatchObject({ cover_id: '1', card_id: '', cover_alt_text: '', cover_caption: 'Here' });
    expect(changesFromFields(['card_id', 'cover_alt_text'], { ...EMPTY_FIELDS, card_id: '2' })).toEqual({ card_id: '2', cover_alt_text: null });
  });
});

describe('changes', () => {
  const base = { ...EMPTY_FIELDS, title: 'A', body: 'b', excerpt: 'e', tags: ['x'] };

  test('are the fields that differ, and empty ones go back to being derived', () => {
    const now = { ...base, excerpt: '', body: '', tags: ['x', 'y'] };
    expect(changedFields(base, now)).toEqual(['body', 'excerpt', 'tags']);
    expect(changesFromFields(['body', 'excerpt', 'tags'], now)).toEqual({ body: '', excerpt: null, tags: ['x', 'y'] });
    expect(changedFields(base, { ...base, tags: ['x'] })).toEqual([]);
  });

  test('of two sides are contested where both changed the same, otherwise', () => {
    const mine = { ...base, title: 'Mine', body: 'same', tags: ['z'] };
    const theirs = { ...base, title: 'Theirs', body: 'same', excerpt: 'theirs' };
    expect(conflictingFields(base, mine, theirs)).toEqual(['title']);
    expect(rebaseFields(base, mine, theirs)).toEqual({ ...base, title: 'Mine', body: 'same', excerpt: 'theirs', tags: ['z'] });
  });
});

describe('a slug', () => {
  test.each([
    ['The Analytical Engine', 'the-analytical-engine'], ["Ada's  notes, 1843!", 'adas-notes-1843'], ['Über Größe', 'uber-grosse'],
    ['Œuvre', 'oeuvre'], ['日本', ''], [`${'word '.repeat(20)}`, 'word-'.repeat(16).slice(0, -1)],
  ])('of %j is %j', (title, slug) => expect(slugify(title)).toBe(slug));

  test('is known to be made from its title', () => {
    expect(['a-mill', 'a-mill-2', 'a-mill-0123456789ab'].every((slug) => isGeneratedSlug(slug, 'A mill'))).toBe(true);
    expect(['a-mill-on-the-floss', 'mill', 'a-mills'].some((slug) => isGeneratedSlug(slug, 'A mill'))).toBe(false);
    expect(isGeneratedSlug('x', '日本')).toBe(false);
  });

  test('that is taken has others after it', () => {
    expect(nextSlug('a-mill')).toBe('a-mill-2');
    expect(nextSlug('a-mill-2')).toBe('a-mill-3');
    expect(nextSlug('a-mill-3')).toMatch(/^a-mill-[0-9a-f]{12}$/);
    expect(nextSlug('route-66')).toBe('route-66-2');
  });
});
