// SPDX-License-Identifier: Apache-2.0
/** Metrics by name: kinds, text, and the bounds against names made from data. */
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('writes counters, gauges and histograms in the Prometheus text format', async () => {
    const metrics = createMetrics();
    metrics.count('mqtt_refused_total');
    metrics.count('mqtt_refused_total', 2);
    metrics.gauge('record_lag_rows', 7);
    metrics.observe('journal_commit_ms', 3);
    const text = await metrics.text();
    expect(text).toContain('# TYPE lamplight_mqtt_refused_total counter\nlamplight_mqtt_refused_total 3');
    expect(text).toContain('lamplight_record_lag_rows 7');
    expect(text).toContain('lamplight_journal_commit_ms_bucket{le="5"} 1');
    expect(metrics.read('mqtt_refused_total')).toBe(3);
    expect(metrics.read('never_touched')).toBe(0);
  });

  it('keeps two sets apart', async () => {
    const [one, two] = [createMetrics(), createMetrics({ process: true })];
    one.count('only_here_total');
    expect(await two.text()).not.toContain('only_here');
    expect(await two.text()).toContain('lamplight_process_resident_memory_bytes');
  });

  it('drops and counts names that are none, of another kind, or too many', async () => {
    const metrics = createMetrics();
    metrics.count('Ada Lovelace');
    metrics.gauge('a_gauge', 1);
    metrics.count('a_gauge');
    for (let index = 0; index < 600; index += 1) metrics.count(`name_${index}`);
    const text = await metrics.text();
    expect(text).not.toContain('Lovelace');
    expect(text).toContain(`lamplight_metrics_dropped_total ${2 + 600 - 511}`);
  });
});
