// SPDX-License-Identifier: Apache-2.0
/** What holds for the whole ward, said once: one lost gateway is one message, not eight. */
import type { BoardState } from '../board-state.ts';
import { t } from '../messages/messages.ts';

const time = new Intl.DateTimeFormat(t.locale, { timeStyle: 'medium' });

export function WardBanners({ state }: { state: BoardState }) {
  const ward = state.ward.value;
  const station = state.stationLostMs.value;
  const gateway = state.gatewayLostMs.value;
  return (
    <section aria-label={t.board.notices}>
      {ward?.origin && <p class="banner origin">{t.board.origins[ward.origin] ?? ward.origin}</p>}
      <div class="alerts" role="alert">
        {station !== null && <p class="banner trouble">{t.board.stationLost(time.format(station))}</p>}
        {gateway !== null && <p class="banner trouble">{t.board.gatewayLost(time.format(gateway))}</p>}
        {ward && ward.recording !== 'recording' && <p class="banner trouble">{t.board.recording[ward.recording]}</p>}
      </div>
    </section>
  );
}
