// SPDX-License-Identifier: Apache-2.0
/** Counters, gauges and histograms by name, in the Prometheus text format. The only file that knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Names are snake_case and end in their unit (`_ms`, `_bytes`); every one is exported as `lamplight_<name>`. No labels: no label can hold a device or a name. */
export interface Metrics {
  /** Adds to a counter: something happened, a limit was hit, an error was swallowed. */
  count(name: string, amount?: number): void;
  /** Sets a gauge: a lag, a queue length. */
  gauge(name: string, value: number): void;
  /** Adds an observation to a histogram, in ms. */
  observe(name: string, valueMs: number): void;
  /** The value of a counter or gauge; 0 when it was never touched. */
  read(name: string): number;
  /** Everything in the Prometheus text format 0.0.4. */
  text(): Promise<string>;
}

/** More names than this are a mistake (a name built from data): they are dropped and counted. */
const METRICS_MAX_NAMES = 512;
const NAME = /^[a-z][a-z0-9_]{1,79}$/;
const BUCKETS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000];

/** A fresh set with its own registry. `process` adds the process's own figures (memory, event loop lag, handles). */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry, prefix: 'lamplight_' });
  const dropped = new Counter({
    name: 'lamplight_metrics_dropped_total',
    help: 'metrics dropped',
    registers: [registry],
  });
  const known = new Map<string, Counter | Gauge | Histogram>();
  const values = new Map<string, number>();

  /** The metric of this name and kind, made at first use; undefined when the name is not one or stands for another kind. */
  function metric<Kind extends Counter | Gauge | Histogram>(
    name: string,
    kind: new (configuration: { name: string; help: string; registers: Registry[]; buckets: number[] }) => Kind,
  ): Kind | undefined {
    let found = known.get(name);
    if (found === undefined && NAME.test(name) && known.size < METRICS_MAX_NAMES) {
      const help = name.replaceAll('_', ' ');
      found = new kind({ name: `lamplight_${name}`, help, registers: [registry], buckets: BUCKETS_MS });
      known.set(name, found);
    }
    if (found instanceof kind) return found;
    dropped.inc();
    return undefined;
  }

  return {
    count(name, amount = 1) {
      metric(name, Counter)?.inc(amount);
      if (known.has(name)) values.set(name, (values.get(name) ?? 0) + amount);
    },
    gauge(name, value) {
      metric(name, Gauge)?.set(value);
      if (known.has(name)) values.set(name, value);
    },
    observe: (name, valueMs) => metric(name, Histogram)?.observe(valueMs),
    read: (name) => values.get(name) ?? 0,
    text: () => registry.metrics(),
  };
}
