'use client';
import { useState } from 'react';
import { TextField } from '@/components/ui/field';
import { messages } from '@/messages';

const { secondFactor: words } = messages.account;

/** Field for the code of an authenticator app, which phones fill in by themselves; `code` in the form. */
export function AppCodeField({ error, autoFocus }: { error?: string; autoFocus?: boolean }) {
  return (
    <TextField
      label={words.code}
      hint={words.codeHint}
      name="code"
      autoComplete="one-time-code"
      inputMode="numeric"
      autoCapitalize="none"
      spellCheck={false}
      required
      autoFocus={autoFocus}
      maxLength={40}
      className="max-w-60"
      error={error}
    />
  );
}

/** As `AppCodeField`, or on request a field for a recovery code. */
export function CodeField({ error }: { error?: string }) {
  const [isRecovery, setRecovery] = useState(false);
  return (
    <div className="grid gap-3">
      {isRecovery ? (
        <TextField
          label={words.recoveryCode}
          hint={words.recoveryCodeHint}
          name="code"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          maxLength={40}
          error={error}
        />
      ) : (
        <AppCodeField error={error} autoFocus />
      )}
      <button
        type="button"
        onClick={() => setRecovery(!isRecovery)}
        className="text-accent w-fit text-sm underline underline-offset-4"
      >
        {isRecovery ? words.useApp : words.useRecoveryCode}
      </button>
    </div>
  );
}
