import { segment } from '@/components/site-pages';
import { Tagged, taggedMetadata } from './tagged';

type Props = { params: Promise<{ slug: string }> };

/** None with the build: each page is made, and kept, when it is first asked for. */
export const generateStaticParams = () => [];

export async function generateMetadata({ params }: Props) {
  return taggedMetadata(segment((await params).slug), 1);
}

export default async function TagPage({ params }: Props) {
  return <Tagged slug={segment((await params).slug)} page={1} />;
}
