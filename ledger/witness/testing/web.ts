// SPDX-License-Identifier: Apache-2.0
/** A web without sockets: witnesses by host name, each of which can be honest, lie, fall silent or be gone. And time that stands still. */
import { nodeCrypto } from '../../crypto/node.ts';
import type { NoteSigner, VerifierKey } from '../../log/note.ts';
import { FaultyFiles } from '../../log/testing/faulty-files.ts';
import type { Timers } from '../bounded-fetch.ts';
import { openWitness, type Witness } from '../witness.ts';
import { originHash, WitnessStore } from '../witness-store.ts';

export type Site = (path: string, body: Uint8Array | undefined) => Response | Promise<Response> | 'silence';

/** `fetch` over the sites; an unknown host refuses the connection. */
export function webOf(sites: Map<string, Site>): typeof fetch {
  return async (input, init) => {
    const { hostname, pathname } = new URL(String(input));
    const site = sites.get(hostname);
    if (!site) throw new TypeError('fetch failed');
    const answer = await site(pathname, init?.body ? new TextEncoder().encode(String(init.body)) : undefined);
    if (answer !== 'silence') return answer;
    return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  };
}

export function heldTimers(): Timers & { readonly waiting: Map<number, Set<() => void>>; fire(delayMs: number): void } {
  const waiting = new Map<number, Set<() => void>>();
  return {
    waiting,
    after(delayMs, run) {
      const due = waiting.get(delayMs) ?? new Set();
      waiting.set(delayMs, due.add(run));
      return () => due.delete(run);
    },
    fire(delayMs) {
      const due = [...(waiting.get(delayMs) ?? [])];
      waiting.get(delayMs)?.clear();
      for (const run of due) run();
    },
  };
}

/** An honest witness of these logs, without its HTTP server. */
export async function memoryWitness(signer: NoteSigner, logs: readonly VerifierKey[]): Promise<Witness> {
  const store = new WitnessStore({ files: new FaultyFiles(), witness: signer.key, crypto: nodeCrypto });
  const rest = { crypto: nodeCrypto, nowS: () => 1_795_000_000, onFatal: () => undefined };
  return openWitness({ signer, logs, store, ...rest });
}

export function siteOf(witness: Witness): Site {
  return async (path, body) => {
    if (path.endsWith('/add-checkpoint')) {
      const answer = await witness.addCheckpoint(body ?? new Uint8Array());
      if (answer.status === 200) return new Response(answer.line);
      return new Response(answer.status === 409 ? `${answer.size}\n` : 'no', { status: answer.status });
    }
    const head = witness.logs
      .filter(({ name }) => path.endsWith(`/${originHash(name, nodeCrypto)}/checkpoint`))
      .map(({ name }) => witness.head(name));
    return head[0] ? new Response(head[0].note) : new Response('', { status: 404 });
  };
}
