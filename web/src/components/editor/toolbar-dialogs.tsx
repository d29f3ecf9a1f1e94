'use client';
import type { Editor } from '@tiptap/react';
import { useState } from 'react';
import { MediaPicker } from '@/components/media/picker';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { TextField } from '@/components/ui/field';
import { messages } from '@/messages';

type DialogProps = { editor: Editor; onClose: () => void };
const ADDRESS = /^(https?:\/\/|mailto:|\/|#)\S+$/i;

/** Dialog for the URL of a link. */
export function LinkDialog({ editor, onClose }: DialogProps) {
  const { linkDialog: words, cancel } = messages.studio.editor;
  const current = String(editor.getAttributes('link').href ?? '');
  const [wrong, setWrong] = useState(false);
  function set(form: FormData) {
    const href = String(form.get('href')).trim();
    if (!ADDRESS.test(href)) return setWrong(true);
    const chain = editor.chain().focus().extendMarkRange('link');
    if (editor.state.selection.empty && !current) chain.insertContent({ type: 'text', text: href, marks: [{ type: 'link', attrs: { href } }] }).run();
    else chain.setLink({ href }).run();
    onClose();
  }
  function remove() {
    editor.chain().focus().extendMarkRange('link').unsetLink().run();
    onClose();
  }
  return (
    <Dialog open onOpenChange={onClose} title={words.title}>
      <form action={set} className="grid gap-4">
        <TextField label={words.address} name="href" inputMode="url" defaultValue={current} placeholder="https://" error={wrong ? words.wrong : undefined} autoFocus />
        <div className="flex justify-end gap-2">
          {current && <Button type="button" look="danger" className="me-auto" onClick={remove}>{words.remove}</Button>}
          <Button type="button" look="quiet" onClick={onClose}>{cancel}</Button>
          <Button>{words.set}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Dialog for an image: chosen in the library, or by its URL and alternative text. */
export function ImageDialog({ editor, onClose }: DialogProps) {
  const { imageDialog: words, linkDialog, cancel } = messages.studio.editor;
  const [wrong, setWrong] = useState(false);
  const [isChoosing, setChoosing] = useState(false);
  function insert(src: string, alt: string) {
    editor.chain().focus().insertContent({ type: 'image', attrs: { src, alt } }).run();
    onClose();
  }
  function set(form: FormData) {
    const src = String(form.get('src')).trim();
    if (!ADDRESS.test(src)) return setWrong(true);
    insert(src, String(form.get('alt')).trim());
  }
  if (isChoosing) return <MediaPicker onClose={() => setChoosing(false)} onChoose={({ url, alt_text }) => insert(url, alt_text)} />;
  return (
    <Dialog open onOpenChange={onClose} title={words.title}>
      <Button type="button" look="secondary" className="justify-self-start" onClick={() => setChoosing(true)}>
        {messages.media.post.fromLibrary}
      </Button>
      <form action={set} className="grid gap-4">
        <TextField label={words.address} name="src" inputMode="url" placeholder={words.example} error={wrong ? linkDialog.wrong : undefined} autoFocus />
        <TextField label={words.alt} name="alt" hint={words.altHint} />
        <div className="flex justify-end gap-2">
          <Button type="button" look="quiet" onClick={onClose}>{cancel}</Button>
          <Button>{words.set}</Button>
        </div>
      </form>
    </Dialog>
  );
}
