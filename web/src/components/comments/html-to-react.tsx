/** Converts the HTML of a comment to React elements with the browser's own parser. */
import { createElement, type ReactNode } from 'react';

/** Elements that the API renders in comments; of any other element only the text is shown. */
const ALLOWED = new Set(['p', 'br', 'a', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'hr', 'sup', 'sub']);
const SAFE_LINK = /^(https?:\/\/|mailto:|\/(?!\/)|#)/i;

/** Return React elements for the HTML of a comment: allowed elements only, and no attributes but links. */
export function htmlToReact(html: string): ReactNode[] {
  return childrenOf(new DOMParser().parseFromString(html, 'text/html').body);
}

function childrenOf(node: Node): ReactNode[] {
  return [...node.childNodes].map((child, key) => {
    if (child.nodeType === Node.TEXT_NODE) return child.textContent;
    if (!(child instanceof HTMLElement)) return null;
    const tag = child.localName;
    if (!ALLOWED.has(tag)) return child.textContent;
    const href = tag === 'a' ? (child.getAttribute('href') ?? '') : '';
    const link = SAFE_LINK.test(href) ? { href, rel: 'nofollow ugc noopener' } : {};
    const children = childrenOf(child);
    return createElement(tag, { key, ...link }, ...children);
  });
}
