'use client';
import { Failure, failingOf } from '@/components/failure';
import './globals.css';

/** Error page for errors of the root layout, which it replaces. */
export default function GlobalError({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <Failure failing={failingOf(error.digest)} retry={retry} />
      </body>
    </html>
  );
}
