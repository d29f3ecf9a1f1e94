import { permanentRedirect } from 'next/navigation';
import { pageNumber, segment } from '@/components/site-pages';
import { Tagged, taggedMetadata } from '../../tagged';

type Props = { params: Promise<{ slug: string; number: string }> };

export const generateStaticParams = () => [];

export async function generateMetadata({ params }: Props) {
  const { slug, number } = await params;
  return taggedMetadata(segment(slug), number === '1' ? 1 : pageNumber(number));
}

export default async function OlderOfTag({ params }: Props) {
  const { slug, number } = await params;
  if (number === '1') permanentRedirect(`/tags/${slug}`);
  return <Tagged slug={segment(slug)} page={pageNumber(number)} />;
}
