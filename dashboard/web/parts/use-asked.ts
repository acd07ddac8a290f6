// SPDX-License-Identifier: Apache-2.0
/** What the station says under a path, asked anew every few seconds while the page is open. */
import { useEffect, useState } from 'preact/hooks';
import { get, type Problem } from '../station-api.ts';

const ASK_AGAIN_MS = 5_000;

export interface Asked<T> {
  readonly known: T | null;
  readonly problem: Problem | null;
}

export function useAsked<T>(path: string): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ known: null, problem: null });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOpen = true;
    const ask = async () => {
      const answer = await get<T>(path);
      if (!isOpen) return;
      // What is not known to be true any more is not shown.
      setAsked(answer.ok ? { known: answer.value, problem: null } : { known: null, problem: answer.problem });
      timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      isOpen = false;
      clearTimeout(timer);
    };
  }, [path]);
  return asked;
}
