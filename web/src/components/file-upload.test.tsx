import { act } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileUpload, type UploadOptions } from './file-upload';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

let place: HTMLElement;
let root: Root;
/** The upload that is under way: the test plays the server. */
let sending: { file: File; form: FormData; options: UploadOptions; respond: (result: object) => Promise<void> } | undefined;
const done = vi.fn();

beforeEach(async () => {
  sending = undefined;
  done.mockReset();
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
  const send = (file: File, form: FormData, options: UploadOptions) =>
    new Promise<{ data?: { id: string }; error?: unknown; response?: Response }>((resolve) => {
      sending = { file, form, options, respond: (result) => act(async () => resolve(result)) };
    });
  await act(async () =>
    root.render(
      <FileUpload label="Archive" accept=".zip" maxBytes={1000} send={send} onDone={done}>
        <input name="note" defaultValue="hello" />
      </FileUpload>,
    ),
  );
});
afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
});

const archive = (name = 'blog.zip', content = 'content') => new File([content], name);
const text = () => place.textContent ?? '';
const button = (name: string) => [...place.querySelectorAll('button')].find((each) => each.textContent === name);
const press = (name: string) => act(async () => button(name)?.click());

/** What the browser does when files are chosen. */
function pick(...files: File[]) {
  const input = place.querySelector<HTMLInputElement>('input[type=file]')!;
  Object.defineProperty(input, 'files', { value: Object.assign(files, { item: (at: number) => files[at] }), configurable: true });
  return input;
}

async function choose(...files: File[]) {
  const input = pick(...files);
  await act(async () => input.dispatchEvent(new Event('change', { bubbles: true })));
}

describe('FileUpload', () => {
  it('takes a file that was chosen before the script ran', async () => {
    await act(async () => root.unmount());
    const form = <FileUpload label="Archive" accept=".zip" maxBytes={1000} send={vi.fn()} onDone={done} />;
    place.innerHTML = renderToString(form);
    pick(archive());
    root = await act(async () => hydrateRoot(place, form));
    expect(text()).toContain('blog.zip');
  });

  it('sends the file with the values of the other fields', async () => {
    await choose(archive());
    expect(text()).toContain('blog.zip');
    await press('Upload');
    expect(sending?.file.name).toBe('blog.zip');
    expect(sending?.form.get('note')).toBe('hello');
    expect(button('Upload')).toBeUndefined();
    const result = { data: { id: '7' }, response: new Response(null, { status: 202 }) };
    await sending?.respond(result);
    expect(done).toHaveBeenCalledWith({ id: '7' }, result);
    expect(text()).not.toContain('blog.zip');
  });

  it('sends nothing that the server would refuse', async () => {
    for (const [file, said] of [
      [archive('blog.tar'), 'not a .zip file'],
      [archive('blog.zip', 'x'.repeat(1001)), 'too large'],
      [archive('blog.zip', ''), 'is empty'],
    ] as const) {
      await choose(file);
      expect(place.querySelector('[role=alert]')?.textContent).toContain(said);
    }
    await choose(archive(), archive('other.zip'));
    expect(text()).toContain('one file at a time');
    await press('Upload');
    expect(text()).toContain('Choose a file first.');
    expect(sending).toBeUndefined();
  });

  it('can be cancelled, and tried again with the same file', async () => {
    await choose(archive());
    await press('Upload');
    await press('Cancel');
    expect(sending?.options.signal.aborted).toBe(true);
    await sending?.respond({ error: new DOMException('', 'AbortError') });
    expect(text()).toContain('The upload was cancelled.');
    sending = undefined;
    await press('Try again');
    expect((sending as unknown as { file: File }).file.name).toBe('blog.zip');
  });

  it('shows why it failed, and keeps the file', async () => {
    await choose(archive());
    await press('Upload');
    const problem = { status: 507, code: 'INSUFFICIENT_STORAGE', title: 'T', detail: 'The server has no space left.' };
    await sending?.respond({ error: problem, response: new Response(null, { status: 507 }) });
    expect(place.querySelector('[role=alert]')?.textContent).toBe('The server has no space left.');
    expect(text()).toContain('blog.zip');
    expect(done).not.toHaveBeenCalled();
  });

  it('ends the request when the page is left', async () => {
    await choose(archive());
    await press('Upload');
    await act(async () => root.render(null));
    expect(sending?.options.signal.aborted).toBe(true);
  });
});
