// SPDX-License-Identifier: Apache-2.0
/** A new account, made by whoever holds its link: the first one, or that of an invited person. */
import type { Person } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import { Door } from './door.tsx';

const PASSWORD_CHARACTERS_MIN = 12;

export interface Claim {
  readonly token: string;
  /** Whom an administrator invited; null for the first account, whose name is free. */
  readonly name: string | null;
}

export function ClaimPage({ claim, done }: { claim: Claim; done: (person: Person) => void }) {
  const { title, intro, invited, name, submit, passwordHint } = t.claim;
  const newPassword = { hint: passwordHint, charactersMin: PASSWORD_CHARACTERS_MIN };
  return (
    <Door
      title={title}
      nameLabel={name}
      submit={submit}
      path="/claim"
      extra={{ token: claim.token }}
      fixedName={claim.name}
      newPassword={newPassword}
      done={done}
    >
      <p class="hint">{claim.name === null ? intro : invited(claim.name)}</p>
    </Door>
  );
}
