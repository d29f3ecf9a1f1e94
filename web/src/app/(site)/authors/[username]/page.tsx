import { segment } from '@/components/site-pages';
import { authorMetadata, AuthorPage } from './author';

type Props = { params: Promise<{ username: string }> };

/** Nothing is prerendered: each page is rendered and cached on its first request. */
export const generateStaticParams = () => [];

export async function generateMetadata({ params }: Props) {
  return authorMetadata(segment((await params).username), 1);
}

export default async function Author({ params }: Props) {
  return <AuthorPage username={segment((await params).username)} page={1} />;
}
