// SPDX-License-Identifier: Apache-2.0
/** A real nurse station process on a gateway's data directory, and one board signed in to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FeedMessage } from '../../dashboard/feed/feed-message.ts';

export interface Station extends AsyncDisposable {
  readonly pid: number;
  /** Opens a board; `onMessage` is called as each message arrives. */
  openBoard(onMessage: (message: FeedMessage) => void): Promise<WebSocket>;
}

const FRONT_DOOR = fileURLToPath(new URL('../../lamplight.ts', import.meta.url));
const ACCOUNT = { name: 'Bench', password: 'correct horse battery' };

/** Starts `lamplight dashboard` and makes its first account by the claim link. */
export async function startStation(directory: string): Promise<Station> {
  const argv = [FRONT_DOOR, 'dashboard', '--data', directory, '--port', '0'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { url, claim } = await readyLine(child);
  const { origin } = new URL(url);
  const answer = await fetch(`${url}claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-lamplight': '1', origin },
    body: JSON.stringify({ ...ACCOUNT, token: claim.slice(claim.indexOf('#') + 1) }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || cookie === undefined) throw new Error(`the station refused the claim: ${answer.status}`);
  return {
    pid: child.pid!,
    async openBoard(onMessage) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}live`, { headers: { cookie, origin } } as never);
      socket.onmessage = ({ data }) => onMessage(JSON.parse(String(data)));
      await new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new Error('the board cannot connect'));
      });
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await exited;
    },
  };
}

async function readyLine(child: ChildProcess): Promise<{ url: string; claim: string }> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the station ended with ${code} before it was ready`);
  });
  const ready = new Promise<{ url: string; claim: string }>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line));
    });
  });
  const first = await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return first;
}
