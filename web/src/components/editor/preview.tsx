import Markdown from 'react-markdown';
import rehypeSanitize from 'rehype-sanitize';
import { messages } from '@/messages';
import '@/components/prose.css';
import { postSyntax } from './markdown/syntax';
import { isFieldEqual } from './post-fields';
import type { State } from './state';

/** Long lines scroll: by keys, too. */
const withReachableCode = (html: string) => html.replaceAll('<pre>', '<pre tabindex="0">');
const Code = ({ children }: { children?: React.ReactNode }) => <pre tabIndex={0}>{children}</pre>;

/** Preview: the API's rendering if the text is saved, else a local approximation. */
export function Preview({ state: { post, saved, current } }: { state: State }) {
  const { editor } = messages.studio;
  const exact = post !== undefined && isFieldEqual(saved, current, 'body');
  if (!current.body.trim()) return <p className="text-ink-faint py-4">{editor.emptyPreview}</p>;
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-4">
      <p className="text-ink-faint text-sm">{exact ? editor.exactPreview : editor.approximatePreview}</p>
      {exact ? (
        // Sanitized by the API, as for every page.
        <div className="prose" dangerouslySetInnerHTML={{ __html: withReachableCode(post.body_html) }} />
      ) : (
        <div className="prose">
          <Markdown remarkPlugins={[postSyntax]} rehypePlugins={[rehypeSanitize]} components={{ pre: Code }}>
            {current.body}
          </Markdown>
        </div>
      )}
    </div>
  );
}
