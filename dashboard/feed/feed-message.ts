// SPDX-License-Identifier: Apache-2.0
/** What the station says to a page over `/live`: a whole snapshot first, then changes, and a beat every second. Types only. */
import type { LiveReading, WardMessage } from '../../gateway/messages.ts';

/** Ward time and the state of the way to the gateway. The page must hear one every second, or it stops looking alive. */
export interface Beat {
  /** Ward time in ms since 1970 at which this was sent; null until the gateway has been heard once. */
  readonly wardMs: number | null;
  /** Ward milliseconds per millisecond. */
  readonly rate: number;
  readonly gateway: 'up' | 'down';
}

export type FeedMessage =
  | ({ readonly type: 'snapshot'; readonly ward: WardMessage | null; readonly readings: readonly LiveReading[] } & Beat)
  | { readonly type: 'live'; readonly readings: readonly LiveReading[] }
  | { readonly type: 'ward'; readonly ward: WardMessage }
  | ({ readonly type: 'beat' } & Beat);

/** The socket closes with this when the session has ended: the page must ask for a new sign-in. */
export const CLOSE_SESSION_ENDED = 4401;
/** A page that hears nothing for so long stops looking alive and connects anew. */
export const FEED_SILENT_MS_MAX = 5_000;
