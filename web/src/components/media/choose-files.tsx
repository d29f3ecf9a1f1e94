'use client';
import { Upload } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { buttonLook } from '@/components/ui/button-look';
import { cn } from '@/lib/classes';
import { messages } from '@/messages';

type ChooseProps = { label: string; accept?: string; multiple?: boolean; look?: 'primary' | 'secondary'; onFiles: (files: File[]) => void };

/** Button that opens the browser's dialog for files. */
export function ChooseFiles({ label, accept, multiple = false, look = 'primary', onFiles }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  function take(picked: HTMLInputElement) {
    if (!picked.files?.length) return;
    onFiles([...picked.files]);
    picked.value = ''; // The same file can be chosen again, when it has changed.
  }
  // Files may be chosen before the page's script runs.
  const takeEarly = useEffectEvent(() => input.current && take(input.current));
  useEffect(() => {
    takeEarly();
  }, []);
  return (
    <label className={cn(buttonLook(look), 'has-focus-visible:outline-accent cursor-pointer has-focus-visible:outline-2 has-focus-visible:outline-offset-2')}>
      <Upload aria-hidden />
      {label}
      <input ref={input} type="file" accept={accept} multiple={multiple} className="sr-only" onChange={(event) => take(event.currentTarget)} />
    </label>
  );
}

/** Takes files that are dropped anywhere on the page. */
export function DropAnywhere({ onFiles }: { onFiles: (files: File[]) => void }) {
  const [isOver, setIsOver] = useState(false);
  const take = useEffectEvent(onFiles);
  useEffect(() => {
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault(); // Otherwise the browser opens the file instead of this page.
      setIsOver(true);
    };
    // `relatedTarget` is what the pointer is over now: nothing outside of the window.
    const leave = (event: DragEvent) => event.relatedTarget === null && setIsOver(false);
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(false);
      take([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  if (!isOver) return null;
  return (
    <div className="bg-paper/85 pointer-events-none fixed inset-0 z-40 p-4">
      <p className="border-accent text-accent-strong rounded-card grid size-full place-items-center border-2 border-dashed font-serif text-2xl font-semibold">
        {messages.media.upload.drop}
      </p>
    </div>
  );
}
