import { CodeBlock } from '@/components/ui/code-block';
import { messages } from '@/messages';
import { PYTHON_EXAMPLE, TYPESCRIPT_EXAMPLE } from './signature-examples';

const { verify: words } = messages.webhooks;

/** How a receiver verifies that a message comes from here. */
export function VerifySignatures() {
  return (
    <div className="grid w-full min-w-0 gap-5">
      <CodeBlock label={words.python} text={PYTHON_EXAMPLE} copyLabel={words.copyPython} />
      <CodeBlock label={words.typescript} text={TYPESCRIPT_EXAMPLE} copyLabel={words.copyTypescript} />
      <a href="https://www.standardwebhooks.com" className="text-accent justify-self-start text-sm underline underline-offset-4">
        {words.site}
      </a>
    </div>
  );
}
