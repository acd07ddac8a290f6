// SPDX-License-Identifier: Apache-2.0
/** The bar on top: ward time that visibly moves, who is signed in, and the way out. */
import { useState } from 'preact/hooks';
import type { Person } from '../../accounts/role.ts';
import type { BoardState } from '../board-state.ts';
import { t } from '../messages/messages.ts';
import { SettingsDialog } from './settings-dialog.tsx';

const clock = new Intl.DateTimeFormat(t.locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

export function BoardBar({ state, person, signOut }: { state: BoardState; person: Person; signOut: () => void }) {
  const ward = state.ward.value;
  const { wardMs, station } = state.moment.value;
  return (
    <header class="bar">
      <strong>{t.product}</strong>
      {/* A clock that stands is the oldest sign of a frozen screen; while the station is lost there is none to show. */}
      <time class="clock">{wardMs !== null && station ? clock.format(wardMs) : '--:--:--'}</time>
      {ward !== null && ward.rate !== 1 && <span>{t.board.rate(ward.rate)}</span>}
      <span class="person">{person.name}</span>
      <Settings />
      <button type="button" class="quiet" onClick={signOut}>
        {t.signIn.signOut}
      </button>
    </header>
  );
}

/** Stands on every page. */
export function Settings() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        {t.settings.open}
      </button>
      {open && <SettingsDialog close={() => setOpen(false)} />}
    </>
  );
}
