import { permanentRedirect } from 'next/navigation';
import { pageNumber, segment } from '@/components/site-pages';
import { authorMetadata, AuthorPage } from '../../author';

type Props = { params: Promise<{ username: string; number: string }> };

export const generateStaticParams = () => [];

export async function generateMetadata({ params }: Props) {
  const { username, number } = await params;
  return authorMetadata(segment(username), number === '1' ? 1 : pageNumber(number));
}

export default async function OlderOfAuthor({ params }: Props) {
  const { username, number } = await params;
  if (number === '1') permanentRedirect(`/authors/${username}`);
  return <AuthorPage username={segment(username)} page={pageNumber(number)} />;
}
