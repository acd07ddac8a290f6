// SPDX-License-Identifier: Apache-2.0
/** What went wrong and what to do, said once and aloud. */
import { t } from '../messages/messages.ts';
import type { Problem } from '../station-api.ts';

export function ProblemNote({ problem }: { problem: Problem | null }) {
  return (
    <div class="problem" role="alert">
      {problem !== null && (
        <>
          <p>{t.problems[problem.code]?.message ?? (problem.message || t.dialog.failed)}</p>
          <p>{t.problems[problem.code]?.advice ?? problem.advice}</p>
        </>
      )}
    </div>
  );
}
