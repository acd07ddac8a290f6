// SPDX-License-Identifier: Apache-2.0
/** The bar on top: ward time that visibly moves, and what stands on every page. */
import type { BoardState } from '../board-state.ts';
import { t } from '../messages/messages.ts';
import { type PageFrame, PageLinks } from './page-bar.tsx';

const clock = new Intl.DateTimeFormat(t.locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

export function BoardBar({ state, frame }: { state: BoardState; frame: PageFrame }) {
  const ward = state.ward.value;
  const { wardMs, station } = state.moment.value;
  return (
    <header class="bar">
      <strong>{t.product}</strong>
      {ward !== null && <span class="ward-name">{ward.wardName}</span>}
      {/* A clock that stands is the oldest sign of a frozen screen; while the station is lost there is none to show. */}
      <time class="clock">{wardMs !== null && station ? clock.format(wardMs) : '--:--:--'}</time>
      {ward !== null && ward.rate !== 1 && <span>{t.board.rate(ward.rate)}</span>}
      <PageLinks {...frame} />
    </header>
  );
}
