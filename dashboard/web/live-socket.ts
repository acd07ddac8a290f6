// SPDX-License-Identifier: Apache-2.0
/** The feed's socket: connects again for ever, at once when there is reason to hope, and gives up a socket that has fallen silent. */
import { CLOSE_SESSION_ENDED, FEED_SILENT_MS_MAX, type FeedMessage } from '../feed/feed-message.ts';
import { retryDelayMs } from './model/retry.ts';
import { askSession } from './station-api.ts';

export interface LiveSocketHandlers {
  readonly onMessage: (message: FeedMessage) => void;
  /** Nobody is signed in any more. */
  readonly onSessionEnded: () => void;
}

/** Opens the feed; the returned function closes it for good. */
export function openLiveSocket({ onMessage, onSessionEnded }: LiveSocketHandlers): () => void {
  const life = new AbortController();
  let socket: WebSocket | undefined;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const watch = (current: WebSocket) => {
    clearTimeout(silence);
    // close() alone would wait for the silent other side.
    silence = setTimeout(() => drop(current), FEED_SILENT_MS_MAX);
  };
  const drop = (current: WebSocket, code?: number) => {
    if (current !== socket || life.signal.aborted) return;
    socket = undefined;
    clearTimeout(silence);
    current.close();
    if (code === CLOSE_SESSION_ENDED) onSessionEnded();
    else retry = setTimeout(() => void connectAgain(), retryDelayMs(failures++, Math.random()));
  };
  const connect = () => {
    clearTimeout(retry);
    const current = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/live`);
    socket = current;
    watch(current);
    current.addEventListener('message', ({ data }) => {
      if (current !== socket) return;
      failures = 0;
      watch(current);
      onMessage(JSON.parse(data));
    });
    current.addEventListener('close', ({ code }) => drop(current, code));
  };
  // A browser does not say why a handshake failed, so the station is asked before the next one.
  const connectAgain = async () => {
    const session = await askSession();
    if (life.signal.aborted || socket !== undefined) return;
    if (session.ok && session.value.person === null) onSessionEnded();
    else connect();
  };
  const hope = () => {
    if (socket === undefined && document.visibilityState === 'visible') {
      clearTimeout(retry);
      void connectAgain();
    }
  };
  for (const [target, event] of [
    [window, 'online'],
    [window, 'pageshow'],
    [document, 'visibilitychange'],
  ] as const) {
    target.addEventListener(event, hope, { signal: life.signal });
  }
  connect();
  return () => {
    life.abort();
    clearTimeout(retry);
    clearTimeout(silence);
    socket?.close();
  };
}
