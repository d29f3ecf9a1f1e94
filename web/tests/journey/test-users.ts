/** Test users with API clients of the generated SDK. */
import { logIn, refreshTokens, registerUser, type Tokens, type User } from '../../src/client';
import { type Client, createClient } from '../../src/client/client';
import { problemOf, type ProblemOf, type Result } from '../../src/lib/problems';

export const PASSWORD = 'correct horse battery';

/** Return a word that nobody has used, so that the journey can be walked again on the same database. */
export function unique(word: string): string {
  return `${word}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Return a client that sends the access token, but the refresh token to the one operation that takes it. */
export function clientOf(tokens?: () => Pick<Tokens, 'access_token' | 'refresh_token'>): Client {
  const baseUrl = process.env.API_BASE_URL;
  if (!baseUrl) throw new Error('Say where the service runs: API_BASE_URL=http://127.0.0.1:8000');
  return createClient({
    baseUrl,
    auth: ({ key }) => (key === 'refreshAuth' ? tokens?.().refresh_token : tokens?.().access_token),
  });
}

/** Somebody with an account, logged in. */
export class Person {
  readonly client = clientOf(() => this.tokens);

  private constructor(
    readonly user: User & { email: string },
    public tokens: Tokens,
  ) {}

  /** Register an account and log in. */
  static async registered(word: string): Promise<Person> {
    const client = clientOf();
    const username = unique(word);
    const email = `${username}@example.org`;
    const user = (await answer(registerUser({ client, body: { username, email, password: PASSWORD } }))) as User;
    const tokens = await answer(logIn({ client, body: { email, password: PASSWORD } }));
    return new Person({ ...user, email }, tokens);
  }

  /** Use up the refresh token; from now on the new pair is sent. */
  async refresh(): Promise<void> {
    this.tokens = await answer(refreshTokens({ client: this.client }));
  }
}

/** Return the data of a call that must succeed. */
export async function answer<R extends Result>(call: Promise<R>): Promise<Exclude<R['data'], undefined>> {
  const { data, error, response } = await call;
  if (error !== undefined) {
    throw new Error(`${response?.status ?? 'No answer'}: ${JSON.stringify(error)}`, { cause: error });
  }
  return data as Exclude<R['data'], undefined>;
}

/**
 * Return the problem of a call that must be refused with `code`, with the type that the operation declares for it. A
 * code that the operation does not declare does not compile.
 */
export async function refusal<R extends Result, Code extends ProblemOf<R>['code']>(
  call: Promise<R>,
  code: Code,
): Promise<Extract<ProblemOf<R>, { code: Code }>> {
  const result = await call;
  const problem = problemOf(result);
  if (problem?.code !== code || problem.status !== result.response?.status) {
    throw new Error(`${code} was due, and came ${result.response?.status}: ${JSON.stringify(result.error ?? result.data)}`);
  }
  return problem as Extract<ProblemOf<R>, { code: Code }>;
}
