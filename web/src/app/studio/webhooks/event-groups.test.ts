import { expect, test } from 'vitest';

import { messages } from '@/messages';
import { eventGroups } from './event-groups';

const { groups } = messages.webhooks;
const type = (name: string) => ({ name, description: '' });

test('events are grouped by what they are about, in their order', () => {
  const found = eventGroups(['post.published', 'comment.created', 'post.deleted', 'posts.imported', 'import.finished', 'new.thing'].map(type));
  expect(found.map(({ name, events }) => [name, ...events.map((each) => each.name)])).toEqual([
    [groups.post, 'post.published', 'post.deleted'],
    [groups.comment, 'comment.created'],
    [groups.import, 'posts.imported', 'import.finished'],
    ['new', 'new.thing'],
  ]);
});
