import { StepUpAction } from '@/components/step-up';
import { beginStepUp, stepUpHere } from './passkeys';
import { confirmPassword } from './step-up';

/** Lets the forms inside it ask for the password, a code or a passkey, where the API demands a step-up. */
export function WithStepUp({ children }: { children: React.ReactNode }) {
  return (
    <StepUpAction action={confirmPassword} passkey={{ begin: beginStepUp, finish: stepUpHere }}>
      {children}
    </StepUpAction>
  );
}
