// SPDX-License-Identifier: Apache-2.0
/**
 * Walks every order of the moves of the small world, breadth first, each state once, and holds every answer against the oracle.
 * A record that only its own command ever reads (an access, an erasure) is tried in every state but opens no new one.
 */
import { nodeCrypto } from '../../crypto/node.ts';
import type { VerifierCrypto } from '../../verify/crypto.ts';
import type { Answer } from '../answer.ts';
import { applyWith } from '../apply.ts';
import type { Handlers } from '../handler.ts';
import type { ReadState, Write } from '../state.ts';
import { after, NOTHING, type Plain, violation } from './oracle.ts';
import { type Move, setUp, smallWorld } from './small-world.ts';
import { NOW_MS } from './world.ts';

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** How often each move had each answer. */
  readonly answers: ReadonlyMap<string, number>;
  readonly depth: number;
  /** No new state at the last depth: everything there can be was seen. */
  readonly isComplete: boolean;
  /** The first order of moves that breaks the oracle. */
  readonly broken?: { readonly path: readonly string[]; readonly what: string };
}

interface Node {
  readonly state: SmallState;
  readonly plain: Plain;
  readonly path: readonly string[];
}

/** `start`: from nothing, or from a world whose members and log are set up. `world`: the moves that are made. */
export function explore(
  handlers: Handlers,
  start: 'nothing' | 'set up',
  maxDepth: number,
  world: readonly Move[] = smallWorld,
): Exploration {
  const run = new Run(handlers);
  let level = [run.at(start === 'nothing' ? [] : setUp)];
  const seen = new Set(level.map(keyOfNode));
  let depth = 0;
  for (; depth < maxDepth && level.length > 0; depth++) {
    const next: Node[] = [];
    for (const node of level) {
      for (const move of world) {
        const child = run.step(node, move);
        if (run.broken)
          return { ...run.counts(), states: seen.size, depth: depth + 1, isComplete: false, broken: run.broken };
        if (!child) continue;
        const key = keyOfNode(child);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(child);
      }
    }
    level = next;
  }
  return { ...run.counts(), states: seen.size, depth, isComplete: level.length === 0 };
}

/** One order of moves: what is wrong with it, if anything. */
export function walk(handlers: Handlers, moves: readonly Move[]): Exploration['broken'] {
  const run = new Run(handlers);
  let node = run.at([]);
  for (const move of moves) node = run.step(node, move, true) ?? node;
  return run.broken;
}

class Run {
  readonly #handlers: Handlers;
  readonly #crypto = rememberingCrypto();
  readonly #answers = new Map<string, number>();
  #transitions = 0;
  broken: Exploration['broken'];

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  counts() {
    return { transitions: this.#transitions, answers: this.#answers };
  }

  at(names: readonly string[]): Node {
    const first: Node = { state: new SmallState(new Numbers(), new Map()), plain: NOTHING, path: [] };
    const moves = names.map((name) => smallWorld.find((move) => move.name === name)!);
    return moves.reduce((node, move) => this.step(node, move) ?? node, first);
  }

  /** The state after an accepted move; undefined if the move changed nothing that another move could see. */
  step(node: Node, move: Move, keepRecords = false): Node | undefined {
    const answer = this.#apply(node.state, move);
    this.#transitions += 1;
    const label = `${move.name}: ${answer.kind === 'refused' ? answer.code : answer.kind}`;
    this.#answers.set(label, (this.#answers.get(label) ?? 0) + 1);
    const what = violation(node.plain, move, answer) ?? this.#unrepeatable(node, move, answer);
    const path = [...node.path, move.name];
    if (what) this.broken ??= { path, what };
    if (answer.kind === 'already' || answer.writes.length === 0) return undefined;
    // The evidence of a fork is a record too.
    if (answer.kind === 'refused' || (isRecord(answer.writes) && !keepRecords)) return undefined;
    return { state: node.state.with(answer.writes), plain: after(node.plain, move), path };
  }

  /** The same bytes once more never take effect once more. */
  #unrepeatable({ state }: Node, move: Move, answer: Answer): string | undefined {
    if (answer.kind === 'already') return undefined;
    const again = this.#apply(state.with(answer.writes), move);
    const isSame =
      answer.kind === 'accepted' ? again.kind === 'already' : again.kind === 'refused' && again.writes.length === 0;
    return isSame ? undefined : 'a command took effect twice';
  }

  #apply(state: ReadState, { signed, caller }: Move): Answer {
    return applyWith(this.#handlers, state, signed, { caller, nowMs: NOW_MS, crypto: this.#crypto });
  }
}

const isRecord = (writes: readonly Write[]): boolean => writes.length === 1 && /^(acc|inc)~/.test(writes[0]!.key);

/** Gives every (key, value) a number, so that a state is a few numbers and has a name. */
class Numbers {
  readonly #known = new Map<string, number>();
  readonly values: Uint8Array[] = [];

  of({ key, value }: Write): number {
    const text = `${key} ${Buffer.from(value).toString('latin1')}`;
    const known = this.#known.get(text) ?? this.values.push(value) - 1;
    this.#known.set(text, known);
    return known;
  }
}

class SmallState implements ReadState {
  readonly #numbers: Numbers;
  readonly #held: ReadonlyMap<string, number>;

  constructor(numbers: Numbers, held: ReadonlyMap<string, number>) {
    this.#numbers = numbers;
    this.#held = held;
  }

  get(key: string): Uint8Array | undefined {
    const number = this.#held.get(key);
    return number === undefined ? undefined : this.#numbers.values[number];
  }

  range(): never {
    throw new Error('no command lists');
  }

  with(writes: readonly Write[]): SmallState {
    const held = new Map(this.#held);
    for (const write of writes) held.set(write.key, this.#numbers.of(write));
    return new SmallState(this.#numbers, held);
  }

  name(): string {
    return String.fromCharCode(...[...this.#held.values()].sort((a, b) => a - b));
  }
}

function keyOfNode({ state, plain }: Node): string {
  return `${state.name()}|${Object.values(plain).join('|')}`;
}

/** Signatures are checked for real, each once. */
function rememberingCrypto(): VerifierCrypto {
  const known = new Map<string, boolean>();
  return {
    sha256: nodeCrypto.sha256,
    ed25519Verify(publicKey, message, signature) {
      const key = [publicKey, message, signature].map((part) => Buffer.from(part).toString('latin1')).join('|');
      const verdict = known.get(key) ?? nodeCrypto.ed25519Verify(publicKey, message, signature);
      known.set(key, verdict);
      return verdict;
    },
  };
}
