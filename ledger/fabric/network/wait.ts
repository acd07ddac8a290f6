// SPDX-License-Identifier: Apache-2.0
/** Waits for something to come up, with a deadline. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FabricError } from '../errors.ts';
import { HOST } from './topology.ts';

const READY_MS_MAX = 60_000;
const LOOK_MS = 100;

/** Rejects with FABRIC_NOT_READY, which names what was waited for. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = READY_MS_MAX): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new FabricError('FABRIC_NOT_READY', what);
    await sleep(LOOK_MS);
  }
}

/** Tries again while an attempt rejects. If none succeeds in time, rejects with the last FabricError, or FABRIC_NOT_READY for another cause. */
export async function eventually(what: string, attempt: () => Promise<unknown>): Promise<void> {
  let failure: unknown;
  try {
    await until(what, async () => {
      try {
        await attempt();
        return true;
      } catch (error) {
        failure = error;
        return false;
      }
    });
  } catch (error) {
    if (failure === undefined || failure instanceof FabricError) throw failure ?? error;
    throw new FabricError('FABRIC_NOT_READY', what, { cause: failure });
  }
}

/** Whether a node of Fabric calls itself healthy. */
export async function isHealthy(operationsPort: number): Promise<boolean> {
  try {
    const { ok } = await fetch(`http://${HOST}:${operationsPort}/healthz`, {
      signal: AbortSignal.timeout(LOOK_MS * 10),
    });
    return ok;
  } catch (error) {
    // Nobody listens yet; `until` counts the time.
    if (error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}

export async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
