import { segment } from '@/components/site-pages';
import { authorMetadata, AuthorPage } from './author';

type Props = { params: Promise<{ username: string }> };

/** None with the build: each page is made, and kept, when it is first asked for. */
export const generateStaticParams = () => [];

export async function generateMetadata({ params }: Props) {
  return authorMetadata(segment((await params).username), 1);
}

export default async function Author({ params }: Props) {
  return <AuthorPage username={segment((await params).username)} page={1} />;
}
