'use client';
import { Failure, failingOf } from '@/components/failure';
import './globals.css';

/** The page for errors of the outermost layout itself, which is not there then. */
export default function GlobalError({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <Failure failing={failingOf(error.digest)} retry={retry} />
      </body>
    </html>
  );
}
