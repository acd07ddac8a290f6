// SPDX-License-Identifier: Apache-2.0
/** What went wrong and what to do, said once and aloud. */
import { t } from '../messages/messages.ts';
import type { Problem } from '../station-api.ts';

export function ProblemNote({ problem }: { problem: Problem | null }) {
  return (
    <div class="problem" role="alert">
      {problem !== null && (
        <>
          <p>{problem.message || t.dialog.failed}</p>
          {problem.advice && <p>{problem.advice}</p>}
        </>
      )}
    </div>
  );
}
