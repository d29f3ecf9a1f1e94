import Link from 'next/link';
import type { User } from '@/client';
import { SettingsSection } from '@/components/studio/table-page';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import { StepDown } from './step-down';

/** The administrator's own account: role and status are not changed by the same form as others'. */
export function OwnAccount({ version }: { user: User; version: string }) {
  const { own, stepDown } = messages.manage.users;
  return (
    <>
      <SettingsSection title={own.title} lead={own.lead}>
        <Button asChild look="secondary">
          <Link href="/account">{own.account}</Link>
        </Button>
      </SettingsSection>
      <SettingsSection title={stepDown.title} lead={stepDown.lead}>
        <StepDown version={version} />
      </SettingsSection>
    </>
  );
}
