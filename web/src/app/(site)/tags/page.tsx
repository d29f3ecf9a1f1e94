import { publicTags } from '@/api/public';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ListColumn, PageHeading } from '@/components/site-heading';
import { pageMetadata } from '@/components/site-metadata';
import { TagName } from '@/components/tag-name';
import { Empty } from '@/components/ui/empty';
import { messages, plural } from '@/messages';

export const metadata = pageMetadata({ path: '/tags', title: messages.site.tags });

export default async function Tags() {
  const tags = await publicTags();
  const { site } = messages;
  return (
    <ListColumn>
      <PageHeading title={site.tags} />
      {tags.length === 0 && <Empty title={site.noTags.title}>{site.noTags.text}</Empty>}
      <ul className="border-line mt-8 grid gap-x-10 border-t sm:grid-cols-2">
        {tags.map((tag) => (
          <li key={tag.id} className="border-line border-b">
            <HoverPrefetchLink href={`/tags/${tag.slug}`} className="group flex items-baseline justify-between gap-4 py-3">
              <TagName name={tag.name} className="group-hover:text-accent font-serif text-xl font-semibold" />
              <span className="text-ink-faint shrink-0 text-sm">{plural(tag.post_count, site.posts)}</span>
            </HoverPrefetchLink>
          </li>
        ))}
      </ul>
    </ListColumn>
  );
}
