'use client';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { createImport, getAuthor } from '@/client/browser.gen';
import { FileUpload, type UploadOptions } from '@/components/file-upload';
import { formText } from '@/components/form-state';
import { TextArea, TextField } from '@/components/ui/field';
import type { AnyProblem, Result } from '@/lib/problems';
import { MAX_ARCHIVE_BYTES, RULES } from '@/lib/input-rules';
import { messages } from '@/messages';

const { add: words } = messages.imports;

/** Form that uploads an archive; its import is shown when it has begun. */
export function ImportForm({ username }: { username: string }) {
  const router = useRouter();
  const [isDry, setDry] = useState(false);
  return (
    <div className="w-full max-w-xl">
      <FileUpload
        label={words.file}
        accept=".zip"
        maxBytes={MAX_ARCHIVE_BYTES}
        submit={isDry ? words.submitDry : words.submit}
        send={sendArchive}
        onDone={({ id }) => router.push(`/studio/imports/${id}`)}
      >
        <label className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-sm">
          <input type="checkbox" name="dry_run" checked={isDry} onChange={({ target }) => setDry(target.checked)} className="accent-accent mt-0.5 size-4" />
          <span className="font-medium">{words.dryRun}</span>
          <span className="text-ink-faint col-start-2">{words.dryRunHint}</span>
        </label>
        <details className="text-sm">
          <summary className="text-ink-soft hover:text-ink w-fit cursor-pointer">{words.more}</summary>
          <div className="grid gap-5 pt-4">
            <TextField
              label={words.author}
              hint={words.authorHint}
              name="author"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={RULES.username.maxLength}
              placeholder={username}
            />
            <TextArea label={words.siteUrls} hint={words.siteUrlsHint} name="site_urls" rows={2} spellCheck={false} />
          </div>
        </details>
      </FileUpload>
    </div>
  );
}

/** Send the archive with the options of the form, unless these are refused here. */
async function sendArchive(archive: File, form: FormData, options: UploadOptions) {
  const { author, site_urls } = formText(form, 'author', 'site_urls');
  const site_url = site_urls.split(/\s+/).filter(Boolean);
  if (!site_url.every(isSiteUrl)) return refusal(words.siteUrlInvalid);
  let author_id: number | undefined;
  if (author.trim()) {
    const found = await getAuthor({ path: { username: author.trim() } });
    if (found.response?.status === 404 || found.response?.status === 400) return refusal(words.authorUnknown);
    if (!found.data) return found;
    author_id = found.data.id;
  }
  return createImport({ body: { archive, dry_run: form.has('dry_run'), author_id, site_url }, ...options });
}

function isSiteUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !/[?#@]/.test(text);
}

/** The result of a request that was not sent, with what to say of it. */
function refusal(detail: string): Result & { data?: undefined; error: AnyProblem } {
  return { error: { status: 400, code: 'INVALID_INPUT', title: '', detail }, response: new Response(null, { status: 400 }) };
}
