// SPDX-License-Identifier: Apache-2.0
/** Which page a person sees: the claim, the sign-in, or the pages of the own roles. */
import { useEffect, useState } from 'preact/hooks';
import type { Person } from '../accounts/role.ts';
import { t } from './messages/messages.ts';
import { AccessesPage } from './pages/accesses.tsx';
import { AccountsPage } from './pages/accounts.tsx';
import { BoardPage } from './pages/board.tsx';
import { type Claim, ClaimPage, SomebodyHerePage } from './pages/claim.tsx';
import { DevicesPage } from './pages/devices.tsx';
import { OperatorPage } from './pages/operator.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { OfficePage, type PageName, pagesOf } from './parts/page-bar.tsx';
import { askSession, type Problem, post, type SessionAnswer } from './station-api.ts';

/** Before the station has answered, who is signed in is not known and nothing is shown. */
const ASK_AGAIN_MS = 2_000;

export function App() {
  const [session, setSession] = useState<SessionAnswer | null>(null);
  const [claim, setClaim] = useState(claimLink);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const answer = await askSession();
      if (answer.ok) setSession(answer.value);
      else timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    };
    void ask();
    return () => clearTimeout(timer);
  }, []);

  if (session === null) return null;
  const leaveLink = () => {
    // It must not stay in the address bar and the history.
    history.replaceState(null, '', '/');
    setClaim(null);
  };
  const signedIn = (person: Person) => {
    leaveLink();
    setSession({ person });
  };
  const signedOut = () => setSession({ person: null, claimed: true });
  const signOut = async () => {
    const answer = await post<SessionAnswer>('/sign-out');
    if (!answer.ok && answer.problem.code !== 'NOT_SIGNED_IN') return answer.problem;
    signedOut();
    return null;
  };
  const here = session.person?.name;
  const invited = claim?.name ?? here;
  if (here !== undefined && invited !== undefined && invited !== here)
    return <SomebodyHerePage person={here} invited={invited} signOut={signOut} stay={leaveLink} />;
  if (session.person !== null) return <PersonPage person={session.person} signOut={signOut} signedOut={signedOut} />;
  if (claim !== null && (claim.name !== null || session.claimed === false))
    return <ClaimPage claim={claim} done={signedIn} />;
  return <SignInPage claimed={session.claimed !== false} done={signedIn} />;
}

interface PersonPageProps {
  readonly person: Person;
  readonly signOut: () => Promise<Problem | null>;
  readonly signedOut: () => void;
}

function PersonPage({ person, signOut, signedOut }: PersonPageProps) {
  const [page, goTo] = useState<PageName>(pagesOf(person)[0] ?? 'board');
  const frame = { person, page, goTo, signOut };
  if (page === 'accounts') return <AccountsPage frame={frame} />;
  if (page === 'devices') return <DevicesPage frame={frame} />;
  if (page === 'operator') return <OperatorPage frame={frame} />;
  if (page === 'accesses') return <AccessesPage frame={frame} />;
  if (person.roles.includes('nurse')) return <BoardPage frame={frame} signedOut={signedOut} />;
  return (
    <OfficePage frame={frame}>
      <p>{t.board.noValues}</p>
    </OfficePage>
  );
}

/** In the fragment, so that it is never sent to a server nor written to a log: the token, and the name of who is invited. */
function claimLink(): Claim | null {
  if (location.pathname !== '/claim' || location.hash.length <= 1) return null;
  const [token = '', name = ''] = location.hash.slice(1).split('/');
  return { token, name: decoded(name) };
}

/** null for no name, and for one that was cut off on its way. */
function decoded(name: string): string | null {
  try {
    return decodeURIComponent(name) || null;
  } catch {
    return null;
  }
}
