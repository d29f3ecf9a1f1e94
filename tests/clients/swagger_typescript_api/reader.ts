// What a program says to the client that swagger-typescript-api generates; compiled beside it, never run.
import { Api, type HttpResponse, type Post } from "./api";

const service = new Api<string>({
  baseUrl: "https://colophon.test",
  securityWorker: (token) => (token === null ? {} : { headers: { Authorization: `Bearer ${token}` } }),
});

type ErrorOf<Answer> = Answer extends Promise<HttpResponse<unknown, infer Problem>> ? Problem : never;
type UpdateProblem = ErrorOf<ReturnType<typeof service.posts.updatePost>>;

export async function logIn(email: string, password: string): Promise<void> {
  const { data } = await service.auth.logIn({ email, password });
  service.setSecurityData(data.access_token);
}

export async function rename(post: Post, etag: string, title: string): Promise<Post> {
  const { data } = await service.posts.updatePost(post.id, { title }, { headers: { "If-Match": etag } });
  return data;
}

export async function titles(): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  do {
    const { data } = await service.posts.listPosts({ after, sort: "-published_at" });
    found.push(...data.map((post) => `${post.title} by ${post.author?.display_name ?? "nobody"}`));
    after = data.at(-1)?.cursor;
  } while (after !== undefined);
  return found;
}

export function explain(problem: UpdateProblem): string {
  switch (problem.code) {
    case "INVALID_INPUT":
      return (problem.errors ?? []).map((error) => `${error.pointer ?? error.parameter}: ${error.detail}`).join();
    case "PRECONDITION_FAILED":
      return `Somebody was faster (${problem.status satisfies 412}).`;
    case "SLUG_TAKEN":
      return `Taken (${problem.status satisfies 409}).`;
    default:
      return problem.detail;
  }
}
