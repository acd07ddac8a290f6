// SPDX-License-Identifier: Apache-2.0
/** The ward board: a bar, what must be said of the whole ward, and one tile per bed. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { WardMessage } from '../../../gateway/messages.ts';
import { BoardState } from '../board-state.ts';
import { openLiveSocket } from '../live-socket.ts';
import { t } from '../messages/messages.ts';
import type { ScreenTime } from '../model/moment.ts';
import { type Bed, type Grid, gridOf, tilesOf } from '../model/tiles.ts';
import { BedDialog } from '../parts/bed-dialog.tsx';
import { BoardBar } from '../parts/board-bar.tsx';
import type { PageFrame } from '../parts/page-bar.tsx';
import { SensorDialog } from '../parts/sensor-dialog.tsx';
import { TileView, tileId } from '../parts/tile.tsx';
import { WardBanners } from '../parts/ward-banners.tsx';

const TICK_MS = 250;

interface BoardProps {
  readonly frame: PageFrame;
  readonly signedOut: () => void;
}

export function BoardPage({ frame, signedOut }: BoardProps) {
  const [state] = useState(() => new BoardState(screenTime()));
  const [opened, setOpened] = useState<Opened | null>(null);
  useEffect(() => {
    const close = openLiveSocket({
      onMessage: (message) => state.take(message, screenTime()),
      onSessionEnded: signedOut,
    });
    const timer = setInterval(() => state.tick(screenTime()), TICK_MS);
    return () => {
      clearInterval(timer);
      close();
    };
  }, [state]);

  const ward = state.ward.value;
  useFocusBack(opened?.key ?? null);
  // The answer to a question that was asked in a dialog closes that one, not another that was opened since.
  const close = () => setOpened((now) => (now === opened ? null : now));
  return (
    <div class="ward">
      <BoardBar state={state} frame={frame} />
      <WardBanners state={state} />
      {ward === null ? (
        <main class="waiting">{t.board.waiting}</main>
      ) : (
        <Board ward={ward} state={state} open={(key) => setOpened({ key, trend: null })} />
      )}
      {ward !== null && opened !== null && opened.trend === null && (
        <TileDialog
          ward={ward}
          state={state}
          tileKey={opened.key}
          openTrend={(trend) => setOpened({ ...opened, trend })}
          close={close}
        />
      )}
      {opened !== null && opened.trend !== null && (
        <LazyTrend {...opened.trend} title={titleNow(opened.trend, ward)} close={close} />
      )}
    </div>
  );
}

/** What stands over the board: a tile's dialog, or the history that was opened from it. */
interface Opened {
  readonly key: string;
  readonly trend: TrendPlace | null;
}

/**
 * Gives the focus back to the tile when nothing is open any more: of two dialogs that followed each other the second does not know where
 * the first was opened. Before the next paint, so that no key that is pressed since lands elsewhere.
 */
function useFocusBack(key: string | null): void {
  const last = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (key === null && last.current !== null) document.getElementById(tileId(last.current))?.focus();
    last.current = key;
  }, [key]);
}

function Board({ ward, state, open }: { ward: WardMessage; state: BoardState; open: (key: string) => void }) {
  const tiles = tilesOf(ward);
  const frame = useRef<HTMLElement>(null);
  const { columns, fits } = useGrid(frame, tiles.length);
  return (
    <main ref={frame} class={fits ? 'board' : 'board scrolls'} style={{ '--columns': columns }}>
      <h1 class="unseen">{t.board.title}</h1>
      {tiles.length === 0 && <p>{t.board.noBeds}</p>}
      {tiles.map((tile) => (
        <TileView key={tile.key} tile={tile} state={state} open={open} />
      ))}
    </main>
  );
}

interface TileDialogProps {
  readonly ward: WardMessage;
  readonly state: BoardState;
  readonly tileKey: string;
  readonly openTrend: (place: TrendPlace) => void;
  readonly close: () => void;
}

/** The dialog follows the ward: what it shows is what is true now, not what was when it opened. */
function TileDialog({ ward, state, tileKey, openTrend, close }: TileDialogProps) {
  const tile = tilesOf(ward).find(({ key }) => key === tileKey);
  if (tile === undefined) return null;
  if (tile.kind === 'sensor') return <SensorDialog device={tile.device.device} ward={ward} close={close} />;
  const { stay } = tile.bed;
  const nowMs = state.moment.value.wardMs ?? ward.sentMs;
  const toTrend = () => stay !== null && openTrend({ stay, title: whoIn(tile.bed), nowMs });
  return <BedDialog key={tile.place} bed={tile.bed} ward={ward} state={state} openTrend={toTrend} close={close} />;
}

interface TrendPlace {
  readonly stay: string;
  /** Who it was, and in which bed, when it was opened. */
  readonly title: string;
  readonly nowMs: number;
}

/** A patient may be moved or discharged while somebody looks back. */
function titleNow({ stay, title }: TrendPlace, ward: WardMessage | null): string {
  const bed = ward?.beds.find((each) => each.stay === stay);
  return bed === undefined ? t.trend.left(title) : whoIn(bed);
}

function whoIn({ bed, name }: Bed): string {
  return `${t.tile.bed(bed)}: ${name ?? t.tile.unknown}`;
}

/** The trend is loaded when it is first asked for. */
function LazyTrend(props: TrendPlace & { readonly close: () => void }) {
  const [Trend, setTrend] = useState<typeof import('../trend/trend-dialog.tsx').TrendDialog | null>(null);
  useEffect(() => {
    void import('../trend/trend-dialog.tsx').then((module) => setTrend(() => module.TrendDialog), props.close);
  }, []);
  return Trend && <Trend {...props} />;
}

function useGrid(frame: { readonly current: HTMLElement | null }, count: number): Grid {
  const [size, setSize] = useState({ width: innerWidth, height: innerHeight });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    // What the screen leaves for the board, not how high the board is: that follows from the answer.
    const measure = () => setSize({ width: element.clientWidth, height: innerHeight - element.offsetTop });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      removeEventListener('resize', measure);
    };
  }, [frame]);
  return gridOf(count, size.width, size.height);
}

function screenTime(): ScreenTime {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}
