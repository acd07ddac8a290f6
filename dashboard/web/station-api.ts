// SPDX-License-Identifier: Apache-2.0
/** Questions and commands to the station. */
import type { Person } from '../accounts/role.ts';

export interface SessionAnswer {
  readonly person: Person | null;
  readonly claimed?: boolean;
}

/** What went wrong, in the station's or the gateway's own words. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** A connection that hangs half open answers never; without a limit a board would wait for it for ever. */
const SESSION_MS_MAX = 5_000;
/** Longer than the station waits for the gateway. */
const ANSWER_MS_MAX = 15_000;
/** Enough for a week of history on a small machine. */
export const HISTORY_MS_MAX = 60_000;

export function askSession(): Promise<Answer<SessionAnswer>> {
  return ask('GET', '/session', SESSION_MS_MAX);
}

/** Sends a command. A network failure, or no answer in time, is a problem with the code NETWORK: nobody knows whether the command arrived. */
export function post<T>(path: string, body: object = {}): Promise<Answer<T>> {
  return ask('POST', path, ANSWER_MS_MAX, body);
}

export function get<T>(path: string, msMax = ANSWER_MS_MAX): Promise<Answer<T>> {
  return ask('GET', path, msMax);
}

export const bedPath = (bed: string, verb: 'admit' | 'link' | 'discharge' | 'transfer') =>
  `/beds/${encodeURIComponent(bed)}/${verb}`;
export const trendPath = (stay: string, fromMs: number, toMs: number) =>
  `/stays/${stay}/trend?from=${fromMs}&to=${toMs}`;
export const proofPath = (stay: string, id: string, atMs: number) =>
  `/stays/${stay}/proof?id=${encodeURIComponent(id)}&at=${atMs}`;
export const correctPath = (stay: string) => `/stays/${stay}/corrections`;
export const withdrawPath = (stay: string) => `/stays/${stay}/corrections/withdraw`;
export const unlinkPath = (device: string) => `/devices/${encodeURIComponent(device)}/unlink`;

async function ask<T>(method: string, path: string, msMax: number, body?: object): Promise<Answer<T>> {
  try {
    const headers = { 'content-type': 'application/json', 'x-lamplight': '1' };
    const signal = AbortSignal.timeout(msMax);
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(path, { method, signal, ...sent });
    const value = await response.json();
    return response.ok ? { ok: true, value } : { ok: false, problem: { message: '', advice: '', ...value } };
  } catch {
    return { ok: false, problem: { code: 'NETWORK', message: '', advice: '' } };
  }
}
