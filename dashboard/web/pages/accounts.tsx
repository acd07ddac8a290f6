// SPDX-License-Identifier: Apache-2.0
/** The administrator's page: who may sign in, in which roles. A new person gets a link that works once. */
import { useEffect, useState } from 'preact/hooks';
import { type Person, ROLES } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import { OfficePage, type PageFrame } from '../parts/page-bar.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { Question } from '../parts/question.tsx';
import { useCommand } from '../parts/use-command.ts';
import { get, type Problem } from '../station-api.ts';

interface People {
  readonly people: readonly Person[];
}

export function AccountsPage({ frame }: { frame: PageFrame }) {
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    void get<People>('/accounts').then((answer) => {
      if (answer.ok) setPeople(answer.value.people);
      else setProblem(answer.problem);
    });
  }, []);
  return (
    <OfficePage frame={frame}>
      <ProblemNote problem={problem} />
      <ul class="people">
        {people.map((person) => (
          <Account key={`${person.name}/${person.roles.join()}`} person={person} changed={setPeople} />
        ))}
      </ul>
      <Invite />
    </OfficePage>
  );
}

function Account({ person, changed }: { person: Person; changed: (people: readonly Person[]) => void }) {
  const command = useCommand<People>(({ people }) => changed(people));
  const [asking, setAsking] = useState(false);
  const path = `/accounts/${encodeURIComponent(person.name)}`;
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    command.run(`${path}/roles`, { roles: rolesOf(event) });
  };
  return (
    <li>
      <h2>{person.name}</h2>
      {asking && (
        <Question
          words={t.accounts.removeQuestion(person.name)}
          yes={t.accounts.removeYes}
          running={command.running}
          onYes={() => command.run(`${path}/remove`)}
          onNo={() => setAsking(false)}
        />
      )}
      {!asking && (
        <form onSubmit={onSubmit}>
          <Roles legend={t.accounts.rolesOf(person.name)} chosen={person.roles} />
          <p class="choices">
            <button type="submit" disabled={command.running}>
              {t.accounts.save}
            </button>
            <button type="button" aria-label={t.accounts.removeName(person.name)} onClick={() => setAsking(true)}>
              {t.accounts.remove}
            </button>
          </p>
        </form>
      )}
      <ProblemNote problem={command.problem} />
    </li>
  );
}

function Invite() {
  const [link, setLink] = useState<{ name: string; url: string } | null>(null);
  const [name, setName] = useState('');
  const command = useCommand<{ path: string }>(({ path }) => setLink({ name, url: location.origin + path }));
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setLink(null);
    command.run('/accounts', { name: name.trim(), roles: rolesOf(event) });
  };
  return (
    <section class="card">
      <h2>{t.accounts.add}</h2>
      <form onSubmit={onSubmit}>
        <label>
          {t.accounts.name}
          <input
            required
            maxLength={40}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <Roles legend={t.accounts.roles} chosen={['nurse']} />
        <ProblemNote problem={command.problem} />
        <p class="choices">
          <button type="submit" class="primary" disabled={command.running}>
            {t.accounts.invite}
          </button>
        </p>
      </form>
      <div role="status">
        {link !== null && (
          <>
            <p>{t.accounts.link(link.name)}</p>
            <code>{link.url}</code>
          </>
        )}
      </div>
    </section>
  );
}

function Roles({ legend, chosen }: { legend: string; chosen: readonly string[] }) {
  return (
    <fieldset class="roles">
      <legend>{legend}</legend>
      {ROLES.map((role) => (
        <label key={role}>
          <input type="checkbox" name="role" value={role} defaultChecked={chosen.includes(role)} />
          {t.roles[role]}
        </label>
      ))}
    </fieldset>
  );
}

function rolesOf(event: SubmitEvent): FormDataEntryValue[] {
  return new FormData(event.currentTarget as HTMLFormElement).getAll('role');
}
