// SPDX-License-Identifier: Apache-2.0
/** What stands on top of every page: the pages of this person's roles, language and units, who is signed in, and the way out. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Person, Role } from '../../accounts/role.ts';
import { t } from '../messages/messages.ts';
import type { Problem } from '../station-api.ts';
import { ProblemNote } from './problem-note.tsx';
import { SettingsDialog } from './settings-dialog.tsx';

export type PageName = keyof typeof t.pages;

/** In order of use; the first that a person may see is the one that opens. */
const PAGE_OF_ROLE: readonly (readonly [Role, PageName])[] = [
  ['nurse', 'board'],
  ['technician', 'devices'],
  ['administrator', 'accounts'],
  ['technician', 'operator'],
  ['administrator', 'operator'],
  ['auditor', 'accesses'],
];

export function pagesOf({ roles }: Person): PageName[] {
  return [...new Set(PAGE_OF_ROLE.flatMap(([role, page]) => (roles.includes(role) ? [page] : [])))];
}

export interface PageFrame {
  readonly person: Person;
  readonly page: PageName;
  readonly goTo: (page: PageName) => void;
  /** What kept the station from it; null when nobody is signed in any more. */
  readonly signOut: () => Promise<Problem | null>;
}

export function PageLinks({ person, page, goTo, signOut }: PageFrame) {
  const [settings, setSettings] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const pages = pagesOf(person);
  return (
    <>
      {pages.length > 1 && (
        <nav class="pages">
          {pages.map((each) => (
            <button
              type="button"
              key={each}
              class="quiet"
              aria-current={each === page ? 'page' : undefined}
              onClick={() => goTo(each)}
            >
              {t.pages[each]}
            </button>
          ))}
        </nav>
      )}
      <span class="person">{person.name}</span>
      <button type="button" class="quiet" onClick={() => setSettings(true)}>
        {t.settings.open}
      </button>
      <button type="button" class="quiet" onClick={() => void signOut().then(setProblem)}>
        {t.signIn.signOut}
      </button>
      <ProblemNote problem={problem} />
      {settings && <SettingsDialog close={() => setSettings(false)} />}
    </>
  );
}

/** A page of somebody who sees no values. */
export function OfficePage({ frame, children }: { frame: PageFrame; children: ComponentChildren }) {
  return (
    <div class="ward">
      <header class="bar">
        <strong>{t.product}</strong>
        <PageLinks {...frame} />
      </header>
      <main class="office">
        <h1>{t.pages[frame.page]}</h1>
        {children}
      </main>
    </div>
  );
}
