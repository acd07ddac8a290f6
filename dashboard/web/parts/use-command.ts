// SPDX-License-Identifier: Apache-2.0
/** One command at a time from a form or a dialog: running, done, refused, or asking the person to confirm. */
import { useState } from 'preact/hooks';
import { type Problem, post } from '../station-api.ts';

export interface CommandState {
  readonly running: boolean;
  readonly problem: Problem | null;
  /** The gateway asks whether a used sensor is really meant; `confirm` sends the same again. */
  readonly confirm: (() => void) | null;
  readonly run: (path: string, body?: object) => void;
  readonly forget: () => void;
}

export function useCommand<T>(done: (value: T) => void): CommandState {
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [again, setAgain] = useState<{ path: string; body: object } | null>(null);

  const send = async (path: string, body: object) => {
    if (running) return;
    setRunning(true);
    setProblem(null);
    const answer = await post<T>(path, body);
    setRunning(false);
    if (answer.ok) return done(answer.value);
    setProblem(answer.problem);
    setAgain(answer.problem.code === 'CONFIRM_REUSE' ? { path, body: { ...body, confirm: true } } : null);
  };
  return {
    running,
    problem,
    confirm: again === null ? null : () => void send(again.path, again.body),
    run: (path, body = {}) => void send(path, body),
    forget: () => {
      setProblem(null);
      setAgain(null);
    },
  };
}
