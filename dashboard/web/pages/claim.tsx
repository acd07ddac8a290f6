// SPDX-License-Identifier: Apache-2.0
/** A new account, made by whoever holds its link: the first one, or that of an invited person. */
import { useState } from 'preact/hooks';
import type { Person } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import type { Problem } from '../station-api.ts';
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

interface SomebodyHereProps {
  readonly person: string;
  readonly invited: string;
  /** What kept the station from it; null when nobody is signed in any more. */
  readonly signOut: () => Promise<Problem | null>;
  readonly stay: () => void;
}

/** The link is one person's and another is signed in here: neither the board nor the new account comes up before somebody says which. */
export function SomebodyHerePage({ person, invited, signOut, stay }: SomebodyHereProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <main class="door">
      <h1>{t.product}</h1>
      <h2>{t.claim.title}</h2>
      <p>{t.claim.somebodyHere(person, invited)}</p>
      <ProblemNote problem={problem} />
      <button type="button" class="primary" onClick={() => void signOut().then(setProblem)}>
        {t.claim.signOutFirst}
      </button>
      <button type="button" class="quiet" onClick={stay}>
        {t.claim.stay(person)}
      </button>
    </main>
  );
}
