// SPDX-License-Identifier: Apache-2.0
/** Errors of the dashboard floor, with the HTTP status a page gets. One registry; `docs/errors.md` is bound to it by a test. */
import { CodedError, type ErrorEntry } from '../ledger/index.ts';

export const DASHBOARD_ERRORS = {
  USAGE: {
    class: 'permanent',
    message: 'The command line is not understood.',
    advice: 'Run "lamplight dashboard --help".',
  },
  HOST_NOT_LOOPBACK: {
    class: 'permanent',
    message: 'The dashboard listens on this machine only.',
    advice: 'Use --host 127.0.0.1. For other machines put a reverse proxy with TLS in front of it.',
  },
  PORT_TAKEN: {
    class: 'transient',
    message: 'Another program listens on this port.',
    advice: 'Stop the other program or choose another port with --port.',
  },
  CREDENTIAL_MISSING: {
    class: 'transient',
    message: 'There is no station credential.',
    advice: 'Start the gateway first; it writes the file. Or name the file with --credentials.',
  },
  CREDENTIAL_READABLE: {
    class: 'permanent',
    message: 'Other users of this machine can read a secret file.',
    advice: 'Set its mode with "chmod 600 FILE", and let the gateway write a new station credential.',
  },
  CREDENTIAL_MALFORMED: {
    class: 'permanent',
    message: 'The station credential is not of the form {gateway, host, port, name, secret}.',
    advice: 'Remove the file and restart the gateway; it writes a new one.',
  },
  ACCOUNTS_VERSION: {
    class: 'permanent',
    message: 'The account file was written by another version of Lamplight.',
    advice: 'Use the version that wrote it, or restore the account file from a backup.',
  },
  ACCOUNTS_DAMAGED: {
    class: 'permanent',
    message: 'The account file cannot be read.',
    advice:
      'Put accounts.db back from a backup. Without one remove the file: the next start prints a claim link for a first account.',
  },
  PAGE_NOT_BUILT: {
    class: 'permanent',
    message: 'The web page is not built, and the tool that builds it is not installed or failed.',
    advice:
      'Run "node_modules/.bin/node tools/build-page.mjs" as who may write into the program folder, with development packages installed, or copy a built dashboard/dist folder; then start again.',
  },
  GATEWAY_SILENT: {
    class: 'ambiguous',
    status: 504,
    message: 'The gateway did not answer in time. The change may or may not have been made.',
    advice: 'Look at the tile before you try again. If the gateway stays silent, restart it.',
  },
  GATEWAY_DOWN: {
    class: 'transient',
    status: 503,
    message: 'The gateway is not reached. Nothing was changed.',
    advice: 'Look whether the gateway runs; the board connects again by itself.',
  },
  NOT_SIGNED_IN: {
    class: 'permanent',
    status: 401,
    message: 'Nobody is signed in here, or the session has ended.',
    advice: 'Sign in.',
  },
  ROLE_REFUSED: {
    class: 'permanent',
    status: 403,
    message: 'Your role does not allow this.',
    advice: 'Ask an administrator whether you need another role.',
  },
  ORIGIN_REFUSED: {
    class: 'permanent',
    status: 403,
    message: 'The request did not come from this dashboard’s own page.',
    advice: 'Open the dashboard at the address it printed and try again there.',
  },
  REQUEST_MALFORMED: {
    class: 'permanent',
    status: 400,
    message: 'The request is not of the expected form.',
    advice: 'Reload the page. If it happens again, report it.',
  },
  SIGN_IN_WRONG: {
    class: 'permanent',
    status: 401,
    message: 'Name or password is wrong.',
    advice: 'Check both. Whoever has forgotten the password is removed and invited anew by an administrator.',
  },
  CLAIM_SPENT: {
    class: 'permanent',
    status: 403,
    message: 'This claim link was used already or is too old.',
    advice: 'Sign in, or restart the dashboard while it has no account: it prints a new link.',
  },
  PASSWORD_SHORT: {
    class: 'permanent',
    status: 400,
    message: 'The password is shorter than 12 characters.',
    advice: 'Use a sentence, or four words that do not belong together.',
  },
  NAME_REFUSED: {
    class: 'permanent',
    status: 400,
    message: 'The name is taken or holds signs that are not allowed.',
    advice: 'Use up to 40 letters, digits, spaces, dots, hyphens or underscores.',
  },
  ACCESS_NOT_LOGGED: {
    class: 'transient',
    status: 503,
    message: 'Nobody can read history now, because the gateway cannot put the reading on record.',
    advice: 'Live values go on. Look whether the gateway runs and has room on its disk, then try again.',
  },
  HISTORY_CLOSED: {
    class: 'transient',
    status: 503,
    message: 'The station cannot open the record.',
    advice:
      'Live values go on. Start the station on the data directory of the gateway, with the passphrase of its keys.',
  },
  HISTORY_UNREACHABLE: {
    class: 'transient',
    status: 503,
    message: 'History cannot be read now: the store of the sealed readings does not answer.',
    advice: 'Live values go on and nothing is lost. Try again; if it lasts, tell whoever looks after the gateway.',
  },
  HISTORY_REFUSED: {
    class: 'permanent',
    status: 409,
    message: 'The record did not pass its checks, so nothing of it is shown.',
    advice: 'Tell whoever looks after the gateway, with these words and the time.',
  },
  STAY_ELSEWHERE: {
    class: 'permanent',
    status: 403,
    message: 'This patient is not on your ward now.',
    advice: 'Ask the ward where the patient is.',
  },
  READING_NOT_SEALED: {
    class: 'transient',
    status: 409,
    message: 'This reading is not sealed yet, so there is no proof of it.',
    advice: 'Try again in five minutes.',
  },
  WARD_REFUSED: {
    class: 'permanent',
    status: 403,
    message: 'Your account belongs to another ward.',
    advice: 'Ask an administrator for an account of this ward.',
  },
  ACCOUNT_UNKNOWN: {
    class: 'permanent',
    status: 404,
    message: 'There is no such account.',
    advice: 'Reload the page: somebody may have removed it.',
  },
  LAST_ADMINISTRATOR: {
    class: 'permanent',
    status: 409,
    message: 'This is the only administrator.',
    advice: 'Make another person administrator first.',
  },
  TOO_MANY_TRIES: {
    class: 'transient',
    status: 429,
    message: 'Too many tries.',
    advice: 'Wait 15 minutes and try again.',
  },
  TOO_MANY_SCREENS: {
    class: 'transient',
    status: 503,
    message: 'Too many boards are open.',
    advice: 'Close a board that nobody looks at.',
  },
} as const satisfies Record<string, ErrorEntry & { readonly status?: number }>;

export type DashboardErrorCode = keyof typeof DASHBOARD_ERRORS;

export class DashboardError extends CodedError<DashboardErrorCode> {
  constructor(code: DashboardErrorCode, detail?: string, options?: ErrorOptions) {
    super(DASHBOARD_ERRORS, code, detail, options);
    this.name = 'DashboardError';
  }

  /** HTTP status for a page; 500 for errors that only the command line sees. */
  get status(): number {
    const entry = DASHBOARD_ERRORS[this.code];
    return 'status' in entry ? entry.status : 500;
  }
}
