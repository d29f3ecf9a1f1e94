import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { MAX_ARCHIVE_BYTES, RULES } from './input-rules';

type Schema = { items?: Schema; properties?: Record<string, Schema> } & Record<string, unknown>;
type Parameter = { name: string; schema: Schema };

const DOCUMENT = JSON.parse(readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'));

/** Every place of the document that a rule is of. */
const PLACES: Record<keyof typeof RULES, string[]> = {
  altText: ['MediaChanges.alt_text', 'NewPost.cover_alt_text', 'PostChanges.cover_alt_text'],
  apiKeyName: ['NewApiKey.name', 'ApiKeyChanges.name'],
  bio: ['Registration.bio', 'MeChanges.bio', 'UserChanges.bio'],
  canonicalUrl: ['NewPost.canonical_url', 'PostChanges.canonical_url'],
  caption: ['MediaChanges.caption', 'NewPost.cover_caption', 'PostChanges.cover_caption'],
  comment: ['NewComment.body', 'CommentChanges.body'],
  credit: ['MediaChanges.credit'],
  displayName: ['Registration.display_name', 'MeChanges.display_name', 'UserChanges.display_name', 'NewInvitation.name', 'InvitationAcceptance.display_name'],
  email: ['Registration.email', 'MeChanges.email', 'UserChanges.email', 'NewInvitation.email'],
  excerpt: ['NewPost.excerpt', 'PostChanges.excerpt'],
  invitationMessage: ['NewInvitation.message'],
  itemName: ['NewItem.name'],
  newPassword: ['Registration.password', 'PasswordChange.new_password', 'InvitationAcceptance.password'],
  passkeyName: ['NewPasskey.name', 'PasskeyChanges.name'],
  search: ['/api/posts?search', '/api/tags?search', '/api/users?search', '/api/media?search'],
  seoDescription: ['NewPost.seo_description', 'PostChanges.seo_description'],
  seoTitle: ['NewPost.seo_title', 'PostChanges.seo_title'],
  slug: ['NewPost.slug', 'PostChanges.slug'],
  tagName: ['NewTag.name', 'TagChanges.name', 'NewPost.tags'],
  tagSlug: ['NewTag.slug', 'TagChanges.slug'],
  title: ['NewPost.title', 'PostChanges.title'],
  username: ['Registration.username', 'MeChanges.username', 'UserChanges.username', 'InvitationAcceptance.username'],
  webhookDescription: ['NewWebhook.description', 'WebhookChanges.description'],
  webhookUrl: ['NewWebhook.url', 'WebhookChanges.url'],
};

function schemaAt(place: string): Schema | undefined {
  const [path = '', name] = place.split('?');
  const parameters: Parameter[] = DOCUMENT.paths[path]?.get.parameters ?? [];
  if (name) return parameters.find((parameter) => parameter.name === name)?.schema;
  const [model = '', property = ''] = place.split('.');
  const found: Schema | undefined = DOCUMENT.components.schemas[model].properties[property];
  return found?.items ?? found;
}

const cases = Object.entries(PLACES).flatMap(([rule, places]) => places.map((place) => [place, rule as keyof typeof RULES] as const));

test.each(cases)('%s is what %s asks for', (place, rule) => {
  const schema = schemaAt(place) ?? {};
  const { pattern, ...bounds }: { pattern?: string } & Record<string, unknown> = RULES[rule];
  expect(schema).toMatchObject(bounds);
  // In an input a pattern is of the whole text by itself, and a hyphen is written so.
  if (pattern) expect(`^${pattern.replaceAll('\\-', '-')}$`).toBe(schema.pattern);
});

test('an archive may be as large as the document says', () => {
  expect(DOCUMENT.paths['/api/imports'].post.requestBody['x-max-body-bytes']).toBe(MAX_ARCHIVE_BYTES);
});
