/** The editable fields of a post: reading, comparing and rebasing them, and slugs. What was not written is empty. */
import type { Post, PostChanges } from '@/client';
import { plainText } from '@/lib/plain-text';

export type PostFields = {
  title: string;
  body: string;
  slug: string;
  excerpt: string;
  tags: string[];
  seo_title: string;
  seo_description: string;
  canonical_url: string;
  cover_id: string;
  cover_alt_text: string;
  cover_caption: string;
  card_id: string;
};
export type Field = keyof PostFields;

export const EMPTY_FIELDS: PostFields = {
  title: '', body: '', slug: '', excerpt: '', tags: [], seo_title: '', seo_description: '', canonical_url: '',
  cover_id: '', cover_alt_text: '', cover_caption: '', card_id: '',
};
export const FIELDS = Object.keys(EMPTY_FIELDS) as Field[];

/** Fields that are null where nothing was written: the API derives them, or there is no picture. */
const NULLABLE = new Set<Field>([
  'excerpt', 'seo_title', 'seo_description', 'canonical_url', 'cover_id', 'cover_alt_text', 'cover_caption', 'card_id',
]);

/**
 * Return what was written of `post`. The service answers with what a page should use, so what equals that from which
 * it would be derived counts as not written; a wrong guess is never saved, for only changes are.
 */
export function fieldsFromPost(post: Post): PostFields {
  return {
    title: post.title,
    body: post.body,
    slug: post.slug,
    excerpt: isBeginning(post.excerpt, post.body_html) ? '' : post.excerpt,
    tags: post.tags.map(({ name }) => name),
    seo_title: post.seo_title === post.title ? '' : post.seo_title,
    seo_description: post.seo_description === post.excerpt ? '' : post.seo_description,
    canonical_url: post.canonical_url ?? '',
    cover_id: post.cover?.id ?? '',
    cover_alt_text: post.cover_alt_text ?? '',
    cover_caption: post.cover_caption ?? '',
    card_id: post.card?.id ?? '',
  };
}

/** Tell whether `excerpt` is how the running text of `html` begins, marks and spaces apart. */
function isBeginning(excerpt: string, html: string): boolean {
  const letters = (text: string) => text.replace(/&[#\w]+;|[^\p{L}\p{N}]/gu, '');
  const running = html.replace(/<(h[1-6]|pre|table|sup|section)\b[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, '');
  return letters(running).startsWith(letters(excerpt));
}

export function isFieldEqual(one: PostFields, other: PostFields, field: Field): boolean {
  if (field !== 'tags') return one[field] === other[field];
  return one.tags.length === other.tags.length && one.tags.every((tag, at) => tag === other.tags[at]);
}

/** Return fields as typed or pasted, without the control characters that the API refuses. */
export function plainFields(written: Partial<PostFields>): Partial<PostFields> {
  return Object.fromEntries(
    Object.entries(written).map(([field, value]) => [field, Array.isArray(value) ? value.map(plainText) : plainText(value)]),
  );
}

/** Return the fields in which `to` differs from `from`. */
export function changedFields(from: PostFields, to: PostFields): Field[] {
  return FIELDS.filter((field) => !isFieldEqual(from, to, field));
}

/** Return the request body that saves these fields. */
export function changesFromFields(fields: Field[], written: PostFields): PostChanges {
  return Object.fromEntries(
    fields.map((field) => [field, NULLABLE.has(field) && written[field] === '' ? null : written[field]]),
  );
}

/** Return `mine` where it differs from `base`, else `theirs`. */
export function rebaseFields(base: PostFields, mine: PostFields, theirs: PostFields): PostFields {
  return { ...theirs, ...Object.fromEntries(changedFields(base, mine).map((field) => [field, mine[field]])) };
}

/** Return the fields that both sides changed to different values. */
export function conflictingFields(base: PostFields, mine: PostFields, theirs: PostFields): Field[] {
  return changedFields(base, mine).filter((field) => !isFieldEqual(base, theirs, field) && !isFieldEqual(mine, theirs, field));
}

const SLUG_BASE = 80;
/** Letters without a Unicode decomposition, transliterated as the API does. */
const LATIN: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' };

/** Return the slug of a title; empty if it has no Latin letter or digit. */
export function slugify(title: string): string {
  const bare = title.toLowerCase().normalize('NFKD').replace(/\p{M}|['’]/gu, '');
  const plain = bare.replace(/[^\x00-\x7f]/g, (letter) => LATIN[letter] ?? ' ');
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  if (slug.length <= SLUG_BASE) return slug;
  const words = slug.slice(0, SLUG_BASE + 1).replace(/-[^-]*$/, '');
  return words.slice(0, SLUG_BASE);
}

/** Return whether `slug` was generated from `title`, with or without a number at the end. */
export function isGeneratedSlug(slug: string, title: string): boolean {
  const made = slugify(title);
  return made !== '' && slug.startsWith(made) && /^(-[0-9]{1,3}|-[0-9a-f]{12})?$/.test(slug.slice(made.length));
}

/** Return the next candidate after a taken slug: `-2`, then `-3`, then a random suffix. */
export function nextSlug(slug: string): string {
  const number = Number(/-([23])$/.exec(slug)?.[1] ?? 1);
  const base = slug.replace(/-([23]|[0-9a-f]{12})$/, '');
  if (number < 3) return `${base}-${number + 1}`;
  const random = crypto.getRandomValues(new Uint8Array(6));
  return `${base}-${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
