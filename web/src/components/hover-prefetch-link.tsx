'use client';
import Link from 'next/link';
import { useState } from 'react';

/**
 * The link of public pages: what it leads to is prefetched once a pointer or the focus is on it. Next's own prefetches
 * whatever comes into sight, which is most of a site, for readers of whom most read one page and leave.
 */
export function HoverPrefetchLink(props: React.ComponentProps<typeof Link>) {
  const [isNear, setNear] = useState(false);
  const come = () => setNear(true);
  return <Link {...props} prefetch={isNear ? null : false} onPointerEnter={come} onFocus={come} />;
}
