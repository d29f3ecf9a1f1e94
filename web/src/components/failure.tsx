import { buttonLook } from '@/components/ui/button-look';
import { problemOf } from '@/lib/problems';
import { errors } from '@/messages/public';

type Errors = typeof errors;

/** Kinds of error pages: a status, or another reason. */
export type Failing = { [Key in keyof Errors]: Errors[Key] extends { title: string } ? Key : never }[keyof Errors];

const STATUSES: readonly number[] = [400, 401, 403, 404, 409, 412, 413, 429, 500, 503] satisfies Failing[];
const GATEWAYS = [502, 504];

/** Return which error page belongs to the `digest` of an `ApiError`. */
export function failingOf(digest: string | undefined): Failing {
  const kind = digest?.startsWith('api-') ? digest.slice('api-'.length) : 'unknown';
  if (kind === 'network' || kind === 'contract') return kind;
  if (STATUSES.includes(Number(kind))) return Number(kind) as Failing;
  return GATEWAYS.includes(Number(kind)) ? 503 : 'unknown';
}

/** Return the same for the error of a generated hook: a problem, or no response. */
export function failingOfError(error: unknown): Failing {
  const problem = problemOf({ error });
  if (problem) return failingOf(`api-${problem.status}`);
  return error instanceof TypeError ? 'network' : 'unknown';
}

type FailureProps = {
  failing: Failing;
  retry?: () => void;
  /** Whether to offer a link to the page itself, which works without scripts. */
  canReload?: boolean;
  /** Where to go on besides the home page. */
  links?: { href: string; name: string }[];
};

/**
 * Error page of a failed operation. Its links load the next page anew: what failed may be a part of this one, and every
 * page carries this text, but not Next's link with it.
 */
export function Failure({ failing, retry, canReload, links = [] }: FailureProps) {
  const { title, text } = errors[failing];
  return (
    <main id="main" className="mx-auto grid min-h-[70dvh] max-w-xl place-content-center gap-5 px-6 py-24">
      {typeof failing === 'number' && <p className="text-accent font-mono text-sm tracking-widest">{failing}</p>}
      <h1 className="font-serif text-4xl font-semibold">{title}</h1>
      <p className="text-ink-soft text-lg">{text}</p>
      <div className="mt-2 flex flex-wrap gap-3">
        {retry && (
          <button type="button" onClick={retry} className={buttonLook('primary')}>
            {errors.again}
          </button>
        )}
        {canReload && (
          <a href="" className={buttonLook('primary')}>
            {errors.again}
          </a>
        )}
        {failing === 401 && (
          <a href="/login" className={buttonLook('primary')}>
            {errors.logIn}
          </a>
        )}
        {links.map(({ href, name }) => (
          <a key={href} href={href} className={buttonLook('secondary')}>
            {name}
          </a>
        ))}
        {/* eslint-disable-next-line @next/next/no-html-link-for-pages -- see above */}
        <a href="/" className={buttonLook('secondary')}>
          {errors.home}
        </a>
      </div>
    </main>
  );
}
