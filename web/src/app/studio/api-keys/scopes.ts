/** The scopes of API keys in groups, and which of them an owner of a role has any use of. */
import type { NewApiKey, Role } from '@/client';
import { messages } from '@/messages';

export type Scope = NewApiKey['scopes'][number];
type Group = Scope extends `${infer Name}:${string}` ? Name : never;

/** What each scope allows; one without words does not compile. */
export const EXPLANATIONS: Record<Scope, string> = messages.apiKeys.scopes;
export const GROUP_NAMES: Record<Group, string> = messages.apiKeys.groups;

export const SCOPES = Object.keys(EXPLANATIONS) as Scope[];

const FOR_ADMINS: Group[] = ['webhooks', 'imports', 'exports', 'audit'];

/** Return the scopes by group, without those of which nothing is allowed to the role. */
export function scopeGroups(role: Role): { name: Group; scopes: Scope[] }[] {
  const groups = [...new Set(SCOPES.map(groupOf))];
  return groups
    .filter((group) => role === 'admin' || !FOR_ADMINS.includes(group))
    .map((name) => ({ name, scopes: SCOPES.filter((scope) => groupOf(scope) === name) }));
}

const groupOf = (scope: Scope) => scope.slice(0, scope.indexOf(':')) as Group;
