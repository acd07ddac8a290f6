// SPDX-License-Identifier: Apache-2.0
/** All open boards: tells each what changes, beats once a second, and closes those whose session has ended. */
import type { AccountStore, Session } from '../accounts/account-store.ts';
import type { Counters } from '../counters.ts';
import { DashboardError } from '../errors.ts';
import type { WardState } from '../ward-state.ts';
import type { BoardAccesses } from './board-accesses.ts';
import { CLOSE_SESSION_ENDED } from './feed-message.ts';
import { type FeedSocket, LiveClient } from './live-client.ts';

const BEAT_MS = 1_000;
const BOARDS_MAX = 200;
const BOARDS_PER_SESSION_MAX = 6;

export interface LiveHubDeps {
  readonly state: WardState;
  readonly accounts: AccountStore;
  readonly counters: Counters;
  /** Told once a second who has a board open. */
  readonly accesses: Pick<BoardAccesses, 'note'>;
  readonly monotonicMs: () => number;
}

interface Board {
  readonly token: string;
  readonly key: string;
  readonly socket: FeedSocket;
  readonly client: LiveClient;
}

export class LiveHub implements AsyncDisposable {
  readonly #deps: LiveHubDeps;
  readonly #boards = new Set<Board>();
  #stop: () => void = () => {};

  constructor(deps: LiveHubDeps) {
    this.#deps = deps;
  }

  start(): this {
    const unlisten = this.#deps.state.listen((change) => {
      for (const { client } of this.#boards) client.offer(change, this.#deps.monotonicMs());
    });
    const timer = setInterval(() => this.beat(), BEAT_MS);
    this.#stop = () => {
      clearInterval(timer);
      unlisten();
    };
    return this;
  }

  /** @throws DashboardError TOO_MANY_SCREENS */
  refuseIfFull(session: Session): void {
    const own = [...this.#boards].filter(({ key }) => key === session.key).length;
    if (this.#boards.size < BOARDS_MAX && own < BOARDS_PER_SESSION_MAX) return;
    this.#deps.counters.add('live_boards_refused');
    throw new DashboardError('TOO_MANY_SCREENS');
  }

  /** Adds a board and tells it everything; the returned function takes it away. */
  add(socket: FeedSocket, token: string, session: Session): () => void {
    const client = new LiveClient(socket, this.#deps.state, this.#deps.counters);
    const board = { token, key: session.key, socket, client };
    this.#boards.add(board);
    client.flush(this.#deps.monotonicMs());
    this.#deps.accesses.note([session.person.name]);
    return () => this.#boards.delete(board);
  }

  /** An open board counts as use of its session: a ward display must not go dark because nobody touched it. Its age limit stays. */
  beat(): void {
    const people: string[] = [];
    for (const { token, socket, client } of this.#boards) {
      const session = this.#deps.accounts.useSession(token);
      if (session?.person.roles.includes('nurse')) {
        client.beat(this.#deps.monotonicMs());
        people.push(session.person.name);
      } else socket.close(CLOSE_SESSION_ENDED, 'session ended');
    }
    // Also with nobody left: what is owed is tried again.
    this.#deps.accesses.note(people);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
  }
}
