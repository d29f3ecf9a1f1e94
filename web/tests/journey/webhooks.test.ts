/** What a receiver of webhooks does with the generated types: it tells events apart by their `type`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import type { Webhooks } from '../../src/client';
import * as schemas from '../../src/client/zod.gen';

type Event = Webhooks['body'];
type Declared = { post: { requestBody: { content: { 'application/json': { schema: { $ref: string }; example: Event } } } } };

const document = JSON.parse(readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8')) as {
  webhooks: Record<string, Declared>;
};
const declared = Object.entries(document.webhooks).map(
  ([name, { post }]) => [name, post.requestBody.content['application/json']] as const,
);

function headline(event: Event): string {
  switch (event.type) {
    case 'post.published':
      return `${event.data.post.title}: ${event.data.post.path}`;
    case 'post.trashed':
      // Null for a draft, which readers never saw.
      return `${event.data.post.slug ?? 'a draft'} was moved to the trash`;
    case 'tag.merged':
      return `${event.data.tag.name} is ${event.data.into.name} now`;
    default:
      return event.type;
  }
}

test.each(declared)('%s is parsed by the schema of its event', (name, { schema, example }) => {
  const event = schemas[`z${schema.$ref.split('/').at(-1)}` as keyof typeof schemas].parse(example) as Event;
  expect(event).toEqual(example);
  expect(event.type).toBe(name);
});

test('events are told apart by their type', () => {
  const headlines = declared.map(([, { example }]) => headline(example));
  expect(headlines).toContain('The analytical engine: /posts/the-analytical-engine');
  expect(headlines).toContain('user.deleted');
});
