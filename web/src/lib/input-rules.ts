/** Input attributes (maxLength, pattern) for what the OpenAPI document requires of each field; a test compares them. */
export const RULES = {
  altText: { maxLength: 1000 },
  apiKeyName: { maxLength: 80 },
  bio: { maxLength: 1000 },
  canonicalUrl: { maxLength: 2000 },
  caption: { maxLength: 1000 },
  comment: { maxLength: 5000 },
  credit: { maxLength: 300 },
  displayName: { maxLength: 80 },
  email: { maxLength: 254 },
  excerpt: { maxLength: 500 },
  invitationMessage: { maxLength: 1000 },
  itemName: { maxLength: 80 },
  newPassword: { minLength: 8, maxLength: 128 },
  passkeyName: { maxLength: 80 },
  search: { maxLength: 100 },
  seoDescription: { maxLength: 500 },
  seoTitle: { maxLength: 200 },
  slug: { maxLength: 120 },
  tagName: { maxLength: 50 },
  tagSlug: { maxLength: 60, pattern: '[a-z0-9]+(\\-[a-z0-9]+)*' },
  title: { maxLength: 200 },
  username: { minLength: 3, maxLength: 32, pattern: '[A-Za-z0-9_\\-]{3,32}' },
  webhookDescription: { maxLength: 200 },
  webhookUrl: { maxLength: 2000 },
} as const;

/** The largest archive that can be imported, with the rest of its form. */
export const MAX_ARCHIVE_BYTES = 2 ** 30;
