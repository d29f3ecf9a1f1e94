'use client';
import { Failure, failingOf } from '@/components/failure';

type ErrorPageProps = { error: Error & { digest?: string }; retry: () => void };

export default function ErrorPage({ error, retry }: ErrorPageProps) {
  return <Failure failing={failingOf(error.digest)} retry={retry} />;
}
