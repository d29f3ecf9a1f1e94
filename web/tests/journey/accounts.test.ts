/** Registering, logging in and out, and what a token is good for. */
import { beforeAll, describe, expect, test } from 'vitest';

import {
  changePassword,
  getAuthor,
  getMe,
  getUser,
  logIn,
  logOut,
  refreshTokens,
  registerUser,
  Role,
  updateMe,
  updateUser,
} from '../../src/client';
import { fieldErrors, problemOf } from '../../src/lib/problems';
import { answer, clientOf, PASSWORD, Person, refusal, unique } from './test-users';

const anyone = clientOf();
let ada: Person;

beforeAll(async () => {
  ada = await Person.registered('ada');
});

describe('registering', () => {
  test('makes an author, whose password is never shown', () => {
    expect(ada.user.role).toBe(Role.AUTHOR);
    expect(ada.user.display_name).toBe(ada.user.username);
    expect(JSON.stringify(ada.user)).not.toContain(PASSWORD);
  });

  test('is refused where the e-mail address or the username has an owner, whatever its case', async () => {
    const { username, email } = ada.user;
    const other = unique('ada');
    const sameEmail = { username: other, email: email.toUpperCase(), password: PASSWORD };
    const sameName = { username: username.toUpperCase(), email: `${other}@example.org`, password: PASSWORD };

    const emailTaken = await refusal(registerUser({ client: anyone, body: sameEmail }), 'EMAIL_TAKEN');
    expect(emailTaken.status).toBe(409);
    await refusal(registerUser({ client: anyone, body: sameName }), 'USERNAME_TAKEN');
  });

  test('says of each field what is wrong with it', async () => {
    const body = { username: 'a', email: 'nowhere', password: 'short' };
    const problem = await refusal(registerUser({ client: anyone, body }), 'INVALID_INPUT');
    expect(problem.status).toBe(400);
    expect(Object.keys(fieldErrors(problem)).sort()).toEqual(['email', 'password', 'username']);
  });
});

describe('logging in', () => {
  test('answers with tokens and with whose they are', () => {
    expect(ada.tokens).toMatchObject({ token_type: 'Bearer', user: { id: ada.user.id, email: ada.user.email } });
    expect(ada.tokens.expires_in).toBeGreaterThan(0);
  });

  test('tells nobody whether the password or the address was wrong', async () => {
    const guesses = [
      { email: ada.user.email, password: 'wrong horse battery' },
      { email: 'nobody@example.org', password: PASSWORD },
    ];
    const [wrong, unknown] = await Promise.all(
      guesses.map((body) => refusal(logIn({ client: anyone, body }), 'INVALID_CREDENTIALS')),
    );
    expect(wrong?.status).toBe(401);
    expect(wrong).toEqual(unknown);
  });
});

describe("one's own account", () => {
  test('is for whoever has a token, and a good one', async () => {
    expect((await answer(getMe({ client: ada.client }))).username).toBe(ada.user.username);
    await refusal(getMe({ client: anyone }), 'UNAUTHORIZED');
    const forged = clientOf(() => ({ access_token: 'forged', refresh_token: 'forged' }));
    await refusal(getMe({ client: forged }), 'INVALID_TOKEN');
    const swapped = clientOf(() => ({ ...ada.tokens, access_token: ada.tokens.refresh_token }));
    await refusal(getMe({ client: swapped }), 'INVALID_TOKEN');
  });

  test('can be changed in part, and is seen by others without its address', async () => {
    const bio = 'Writes about the analytical engine. 🧮';
    const changed = await answer(updateMe({ client: ada.client, body: { bio } }));
    expect(changed).toMatchObject({ bio, username: ada.user.username });

    const author = await answer(getAuthor({ client: anyone, path: { username: ada.user.username } }));
    expect(author).toMatchObject({ id: ada.user.id, bio });
    expect(author).not.toHaveProperty('email');
  });

  test("is nobody else's to change, and its role not even one's own", async () => {
    const bob = await Person.registered('bob');
    const path = { user_id: ada.user.id };
    const seen = await answer(getUser({ client: bob.client, path }));
    expect(seen).toMatchObject({ email: null, role: null, is_active: null });

    const foreign = updateUser({ client: bob.client, path, body: { bio: 'Mine.' } });
    expect((await refusal(foreign, 'NOT_YOUR_ACCOUNT')).status).toBe(403);
    const promotion = updateUser({ client: ada.client, path, body: { role: Role.ADMIN } });
    expect((await refusal(promotion, 'ADMIN_ONLY')).status).toBe(403);
  });
});

describe('a session', () => {
  test('goes on with the refresh token, which is used up by that', async () => {
    const carol = await Person.registered('carol');
    const before = carol.tokens;
    await carol.refresh();
    expect(carol.tokens.access_token).not.toBe(before.access_token);
    expect(carol.tokens.refresh_token).not.toBe(before.refresh_token);
    expect((await answer(getMe({ client: carol.client }))).id).toBe(carol.user.id);
  });

  test('may be refreshed by several at the same moment: they get the same successor', async () => {
    const carol = await Person.registered('carol');
    const pairs = await Promise.all([1, 2, 3].map(() => answer(refreshTokens({ client: carol.client }))));
    expect(new Set(pairs.map((pair) => pair.refresh_token)).size).toBe(1);
  });

  test('cannot be refreshed with an access token', async () => {
    const confused = clientOf(() => ({ ...ada.tokens, refresh_token: ada.tokens.access_token }));
    await refusal(refreshTokens({ client: confused }), 'INVALID_TOKEN');
  });

  test('survives a new password where it was changed, and ends elsewhere', async () => {
    const dave = await Person.registered('dave');
    const credentials = { email: dave.user.email, password: PASSWORD };
    const elsewhere = await answer(logIn({ client: anyone, body: credentials }));
    const wrong = { current_password: 'a guess', new_password: 'staple correct horse' };
    await refusal(changePassword({ client: dave.client, body: wrong }), 'INVALID_CURRENT_PASSWORD');

    dave.tokens = await answer(
      changePassword({ client: dave.client, body: { ...wrong, current_password: PASSWORD } }),
    );
    expect((await answer(getMe({ client: dave.client }))).id).toBe(dave.user.id);
    await refusal(refreshTokens({ client: clientOf(() => elsewhere) }), 'TOKEN_REVOKED');
    await refusal(logIn({ client: anyone, body: credentials }), 'INVALID_CREDENTIALS');
  });

  test('ends with logging out, for both tokens', async () => {
    const erin = await Person.registered('erin');
    await answer(logOut({ client: erin.client }));
    // Promised is: within five seconds, on every worker.
    const code = async () => problemOf(await getMe({ client: erin.client }))?.code;
    await expect.poll(code, { timeout: 60_000 }).toBe('TOKEN_REVOKED');
    await refusal(refreshTokens({ client: erin.client }), 'TOKEN_REVOKED');
  });
});
