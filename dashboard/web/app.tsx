// SPDX-License-Identifier: Apache-2.0
/** Which page a person sees: the claim, the sign-in or the board. */
import { useEffect, useState } from 'preact/hooks';
import type { Person } from '../accounts/role.ts';
import { t } from './messages/messages.ts';
import { BoardPage } from './pages/board.tsx';
import { ClaimPage } from './pages/claim.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { askSession, post, type SessionAnswer } from './station-api.ts';

/** Before the station has answered, who is signed in is not known and nothing is shown. */
const ASK_AGAIN_MS = 2_000;

export function App() {
  const [session, setSession] = useState<SessionAnswer | null>(null);
  const [claim, setClaim] = useState(claimToken);
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
  const signedIn = (person: Person) => {
    // The token is spent; it must not stay in the address bar and the history.
    history.replaceState(null, '', '/');
    setClaim(null);
    setSession({ person });
  };
  const signedOut = () => setSession({ person: null, claimed: true });
  const signOut = async () => {
    const answer = await post<SessionAnswer>('/sign-out');
    if (answer.ok || answer.problem.code === 'NOT_SIGNED_IN') signedOut();
  };
  if (session.person !== null) {
    if (!session.person.roles.includes('nurse')) return <NoValuesPage person={session.person} signOut={signOut} />;
    return <BoardPage person={session.person} signOut={signOut} signedOut={signedOut} />;
  }
  if (claim !== null && session.claimed === false) return <ClaimPage token={claim} done={signedIn} />;
  return <SignInPage claimed={session.claimed !== false} done={signedIn} />;
}

function NoValuesPage({ person, signOut }: { person: Person; signOut: () => void }) {
  return (
    <main class="door">
      <h1>{t.product}</h1>
      <p>{person.name}</p>
      <p>{t.board.noValues}</p>
      <button type="button" onClick={signOut}>
        {t.signIn.signOut}
      </button>
    </main>
  );
}

/** In the fragment, so that it is never sent to a server nor written to a log. */
function claimToken(): string | null {
  return location.pathname === '/claim' && location.hash.length > 1 ? location.hash.slice(1) : null;
}
