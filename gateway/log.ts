// SPDX-License-Identifier: Apache-2.0
/**
 * The log. A line is an event and fields; only the fields named here pass, and only in the form given here. So a reading, a name or
 * a payload that is handed in by mistake never reaches the disk (I12), whatever the caller forgot.
 */
import { pino } from 'pino';

const TOKEN = /^[a-z][a-z0-9-]{1,47}$/;
/** A handle, but never a bare number. */
const HANDLE = /^(?=.*[a-z])[a-z0-9][a-z0-9-]{1,31}$/;
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;
const ADDRESS = /^(https?:\/\/|tcp:\/\/|mqtt:\/\/)?[a-z0-9.:[\]-]{1,64}:\d{1,5}\/?$/;
const matches = (form: RegExp) => (value: unknown) => typeof value === 'string' && form.test(value);
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    values.includes(String(value)) && typeof value === 'string';

const FORM = {
  part: matches(TOKEN),
  reason: matches(TOKEN),
  device: matches(HANDLE),
  station: matches(HANDLE),
  stream: matches(/^[0-9a-f]{8,64}$/),
  code: matches(CODE),
  class: oneOf('transient', 'ambiguous', 'permanent'),
  signal: matches(/^SIG[A-Z0-9]{2,8}$/),
  address: matches(ADDRESS),
  protection: oneOf('passphrase', 'none-demo'),
  count: Number.isSafeInteger,
  bytes: Number.isSafeInteger,
  rows: Number.isSafeInteger,
  durationMs: Number.isSafeInteger,
  port: Number.isSafeInteger,
  pid: Number.isSafeInteger,
  exitCode: Number.isSafeInteger,
  percent: Number.isSafeInteger,
  size: Number.isSafeInteger,
} as const satisfies Record<string, (value: unknown) => boolean>;

export type LogFields = { readonly [Field in keyof typeof FORM]?: string | number } & {
  /** Only its code, class and kind are written: an error's words may quote data. */
  readonly error?: unknown;
};
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
export interface LogOptions {
  /** Takes one line of JSON. */
  readonly write: (line: string) => void;
  /** Wall clock, ms since 1970. */
  readonly nowMs: () => number;
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Called for every field that did not pass, for a counter. */
  readonly onRedacted?: () => void;
}

/** A log of JSON lines. An event is kebab-case; one in another form is written as `unnamed`. */
export function createLog(options: LogOptions): Log {
  const out = pino(
    {
      base: null,
      level: options.level ?? 'info',
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(options.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.write },
  );
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      if (!out.isLevelEnabled(level)) return;
      const { passed, redacted } = sift(fields);
      const named = matches(TOKEN)(event);
      if (!named || redacted > 0) options.onRedacted?.();
      out[level](redacted > 0 ? { ...passed, redacted } : passed, named ? event : 'unnamed');
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** A log that writes nothing, for tests and one-shot verbs. */
export function silentLog(): Log {
  return createLog({ write: () => undefined, nowMs: () => 0, level: 'silent' });
}

function sift(fields: LogFields): { passed: Record<string, unknown>; redacted: number } {
  const passed: Record<string, unknown> = {};
  let redacted = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (name === 'error') Object.assign(passed, factsOf(value));
    else if (Object.hasOwn(FORM, name) && FORM[name as keyof typeof FORM](value)) passed[name] = value;
    else redacted += 1;
  }
  return { passed, redacted };
}

function factsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: 'not-an-error' };
  const facts = error as Error & { code?: unknown; class?: unknown };
  return {
    kind: matches(/^[A-Z][A-Za-z]{2,40}$/)(error.constructor.name) ? error.constructor.name : 'Error',
    ...(FORM.code(facts.code) ? { code: facts.code } : {}),
    ...(FORM.class(facts.class) ? { class: facts.class } : {}),
  };
}
