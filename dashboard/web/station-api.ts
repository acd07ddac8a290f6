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

export function askSession(): Promise<Answer<SessionAnswer>> {
  return ask('GET', '/session');
}

/** Sends a command. A network failure is a problem with the code NETWORK: nobody knows whether the command arrived. */
export function post<T>(path: string, body: object = {}): Promise<Answer<T>> {
  return ask('POST', path, body);
}

export function get<T>(path: string): Promise<Answer<T>> {
  return ask('GET', path);
}

export const bedPath = (bed: string, verb: 'admit' | 'link' | 'discharge' | 'transfer') =>
  `/beds/${encodeURIComponent(bed)}/${verb}`;
export const trendPath = (stay: string, fromMs: number, toMs: number) =>
  `/stays/${stay}/trend?from=${fromMs}&to=${toMs}`;
export const proofPath = (stay: string, id: string, atMs: number) =>
  `/stays/${stay}/proof?id=${encodeURIComponent(id)}&at=${atMs}`;
export const correctPath = (stay: string) => `/stays/${stay}/corrections`;
export const unlinkPath = (device: string) => `/devices/${encodeURIComponent(device)}/unlink`;

async function ask<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
  try {
    const headers = { 'content-type': 'application/json', 'x-lamplight': '1' };
    const response = await fetch(
      path,
      body === undefined ? { method } : { method, headers, body: JSON.stringify(body) },
    );
    const value = await response.json();
    return response.ok ? { ok: true, value } : { ok: false, problem: { message: '', advice: '', ...value } };
  } catch {
    return { ok: false, problem: { code: 'NETWORK', message: '', advice: '' } };
  }
}
