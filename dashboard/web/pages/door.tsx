// SPDX-License-Identifier: Apache-2.0
/** The form that claim and sign-in share: a name, a password, and what Lamplight is not. */
import type { ComponentChildren } from 'preact';
import type { Person } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useCommand } from '../parts/use-command.ts';

interface DoorProps {
  readonly title: string;
  readonly nameLabel: string;
  readonly submit: string;
  readonly path: '/claim' | '/sign-in';
  /** Sent along with name and password. */
  readonly extra?: object;
  /** A name that is settled already. */
  readonly fixedName?: string | null;
  readonly newPassword?: { readonly hint: string; readonly charactersMin: number };
  readonly done: (person: Person) => void;
  readonly children?: ComponentChildren;
}

export function Door({ title, nameLabel, submit, path, extra, fixedName, newPassword, done, children }: DoorProps) {
  const command = useCommand<{ person: Person }>(({ person }) => done(person));
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    command.run(path, { ...extra, name: String(form.get('name')), password: String(form.get('password')) });
  };
  return (
    <main class="door">
      <h1>{t.product}</h1>
      <form onSubmit={onSubmit}>
        <h2>{title}</h2>
        {children}
        <label>
          {nameLabel}
          <input
            name="name"
            autocomplete="username"
            required
            maxLength={40}
            value={fixedName ?? undefined}
            readOnly={fixedName != null}
            autofocus
          />
        </label>
        <label>
          {t.signIn.password}
          <input
            name="password"
            type="password"
            autocomplete={newPassword ? 'new-password' : 'current-password'}
            required
            minLength={newPassword?.charactersMin}
            maxLength={256}
            aria-describedby={newPassword && 'password-hint'}
          />
        </label>
        {newPassword && (
          <p id="password-hint" class="hint">
            {newPassword.hint}
          </p>
        )}
        <ProblemNote problem={command.problem} />
        <button type="submit" class="primary" disabled={command.running}>
          {submit}
        </button>
      </form>
      <p class="safety">{t.safety}</p>
    </main>
  );
}
