// SPDX-License-Identifier: Apache-2.0
/** HTTP to a machine that may be slow, gone or hostile: one deadline for the whole answer, no redirects, so many bytes and no more. */

/** Real time, handed in so that a test can hold it still. */
export interface Timers {
  /** Runs once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export interface Http {
  readonly fetch: typeof fetch;
  readonly timers: Timers;
}

export interface BoundedRequest {
  readonly url: string;
  /** With a body it is a POST. */
  readonly body?: string;
  readonly maxBytes: number;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** The answer, or undefined if there was none in time, or one that is too long. */
export async function boundedFetch(
  { fetch, timers }: Http,
  request: BoundedRequest,
): Promise<BoundedAnswer | undefined> {
  const controller = new AbortController();
  const cancel = timers.after(request.deadlineMs, () => controller.abort());
  const signal = request.signal ? AbortSignal.any([controller.signal, request.signal]) : controller.signal;
  try {
    const init = request.body === undefined ? {} : { method: 'POST', body: request.body };
    const response = await fetch(request.url, { ...init, signal, redirect: 'error' });
    const bytes = await readAtMost(response, request.maxBytes);
    return bytes && { status: response.status, bytes };
  } catch {
    // Refused, cut, late, or no name: to the caller all of it is silence, which the caller counts.
    return undefined;
  } finally {
    cancel();
    controller.abort();
  }
}

async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
