import { segment } from '@/components/site-pages';
import { Tagged, taggedMetadata } from './tagged';

type Props = { params: Promise<{ slug: string }> };

/** Nothing is prerendered: each page is rendered and cached on its first request. */
export const generateStaticParams = () => [];

export async function generateMetadata({ params }: Props) {
  return taggedMetadata(segment((await params).slug), 1);
}

export default async function TagPage({ params }: Props) {
  return <Tagged slug={segment((await params).slug)} page={1} />;
}
