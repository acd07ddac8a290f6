// SPDX-License-Identifier: Apache-2.0
/** Sign-in by name and password. */
import type { Person } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import { Door } from './door.tsx';

export function SignInPage({ claimed, done }: { claimed: boolean; done: (person: Person) => void }) {
  const { title, name, submit, unclaimed } = t.signIn;
  return (
    <Door title={title} nameLabel={name} submit={submit} path="/sign-in" done={done}>
      {!claimed && <p class="hint">{unclaimed}</p>}
    </Door>
  );
}
