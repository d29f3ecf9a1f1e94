import type { WebhookAttempt, WebhookHeader } from '@/client';
import { Badge } from '@/components/ui/badge';
import { CodeBlock } from '@/components/ui/code-block';
import { exactTime, messages } from '@/messages';
import { prettyJson } from './pretty-json';

const { delivery: words } = messages.webhooks;

/** One attempt: the request, and the response or why there is none. */
export function AttemptDetails({ attempt, isOpen }: { attempt: WebhookAttempt; isOpen: boolean }) {
  const { started_at, duration_ms, url, request_headers, status, response_headers, response_body, is_response_cut, error } = attempt;
  const isSuccess = status !== null && status >= 200 && status < 300;
  return (
    <details open={isOpen} className="border-line rounded-card min-w-0 border">
      <summary className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 text-sm">
        <time dateTime={started_at} className="font-medium">
          {exactTime(started_at)}
        </time>
        <Badge tone={isSuccess ? 'good' : 'bad'}>{status ?? words.noResponse}</Badge>
        {duration_ms !== null && <span className="text-ink-soft">{words.duration(duration_ms)}</span>}
      </summary>
      <div className="grid min-w-0 gap-4 px-4 pb-4">
        {error && <p className="text-bad text-sm break-words">{error}</p>}
        {request_headers && <CodeBlock label={words.requestHeaders} text={[`POST ${url}`, ...request_headers.map(line)].join('\n')} wraps />}
        {response_headers && <CodeBlock label={words.responseHeaders} text={[String(status), ...response_headers.map(line)].join('\n')} wraps />}
        {response_body !== null && <CodeBlock label={words.responseBody} text={prettyJson(response_body) || words.emptyBody} wraps />}
        {is_response_cut && <p className="text-ink-soft text-sm">{words.cut}</p>}
      </div>
    </details>
  );
}

const line = ({ name, value }: WebhookHeader) => `${name}: ${value}`;
