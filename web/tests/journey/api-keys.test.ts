/** A service calls the API with a key that its owner has created, within the scopes of the key. */
import { expect, test } from 'vitest';

import { createApiKey, createPost, getMe, listTrash, revokeApiKey } from '../../src/client';
import { createClient } from '../../src/client/client';
import { answer, Person, refusal } from './test-users';

test('a service uses the typed client with an API key', async () => {
  const ada = await Person.registered('ada');
  const body = { name: 'Newsletter', scopes: ['posts:write' as const] };
  const { id, key } = await answer(createApiKey({ client: ada.client, body }));

  const service = createClient({ baseUrl: process.env.API_BASE_URL, auth: key });
  const post = await answer(createPost({ client: service, body: { title: 'Sent by a service', body: '' } }));
  expect(post.author?.username).toBe(ada.user.username);

  // Its owner may read this; the key has no scope for it, or is not accepted at all.
  await refusal(listTrash({ client: service }), 'INSUFFICIENT_SCOPE');
  await refusal(getMe({ client: service }), 'INSUFFICIENT_SCOPE');
  await refusal(createApiKey({ client: service, body }), 'API_KEY_NOT_ACCEPTED');

  await answer(revokeApiKey({ client: ada.client, path: { key_id: id } }));
  await refusal(createPost({ client: service, body: { title: 'Too late', body: '' } }), 'INVALID_API_KEY');
});
