// SPDX-License-Identifier: Apache-2.0
/** The first account, made by whoever holds the claim link. */
import type { Person } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import { Door } from './door.tsx';

const PASSWORD_CHARACTERS_MIN = 12;

export function ClaimPage({ token, done }: { token: string; done: (person: Person) => void }) {
  const { title, intro, name, submit, passwordHint } = t.claim;
  const newPassword = { hint: passwordHint, charactersMin: PASSWORD_CHARACTERS_MIN };
  return (
    <Door
      title={title}
      nameLabel={name}
      submit={submit}
      path="/claim"
      extra={{ token }}
      newPassword={newPassword}
      done={done}
    >
      <p class="hint">{intro}</p>
    </Door>
  );
}
