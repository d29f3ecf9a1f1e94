'use client';
import Link from 'next/link';
import { useState } from 'react';

/** A link in a long list: its page is fetched beforehand when a reader comes near, not when it comes into sight. */
export function ListedLink(props: React.ComponentProps<typeof Link>) {
  const [isNear, setNear] = useState(false);
  const come = () => setNear(true);
  return <Link {...props} prefetch={isNear ? null : false} onPointerEnter={come} onFocus={come} />;
}
