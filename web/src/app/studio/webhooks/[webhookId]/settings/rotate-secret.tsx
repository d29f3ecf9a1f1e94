'use client';
import { useState } from 'react';
import { Confirm } from '@/components/studio/table-confirm';
import { Select } from '@/components/ui/field';
import { messages, shortTime } from '@/messages';
import { rotateSecret } from '../../actions';
import { SecretOnce } from '../../secret-once';

const { secret: words } = messages.webhooks;
const { rotate } = words;

/** Button that makes a new secret, then that secret. `previousUntil` is how long the one before signs too. */
export function RotateSecret({ webhookId, previousUntil }: { webhookId: string; previousUntil: string | null }) {
  const [rotated, setRotated] = useState<{ secret: string; until: string | null }>();
  return (
    <>
      {rotated ? (
        <SecretOnce secret={rotated.secret} lead={rotated.until ? words.rotatedLead(shortTime(rotated.until)) : words.rotatedNow} />
      ) : (
        previousUntil && <p className="text-sm">{words.overlap(shortTime(previousUntil))}</p>
      )}
      <Confirm
        open={rotate.open}
        look="secondary"
        title={rotate.ask}
        text={rotate.text}
        fields={{ webhook_id: webhookId }}
        action={async (before, form) => {
          const { rotated, ...after } = await rotateSecret(before, form);
          if (rotated) setRotated(rotated);
          return after;
        }}
        submit={rotate.submit}
      >
        {({ values }) => <Select label={rotate.hours} name="overlap_hours" options={rotate.choices} defaultValue={values?.overlap_hours ?? '24'} />}
      </Confirm>
    </>
  );
}
