// SPDX-License-Identifier: Apache-2.0
/** Errors of the ledger in the gateway: founding, consents, homes outside the box. Part of the registry in gateway/errors.ts. */
import type { ErrorEntry } from '../../ledger/index.ts';

export const GATEWAY_LEDGER_ERRORS = {
  LEDGER_RECOVERY_NEEDED: {
    class: 'permanent',
    message: '[ledger] recovery needed: a home outside the box remembers a longer log than ours, or another one.',
    advice:
      'The disk was put back to an older state, or the log was altered. Keep the disk as evidence; restore the newest backup, or run "lamplight ledger recover" with a mirror.',
  },
  LEDGER_NOT_FOUNDED: {
    class: 'permanent',
    message: 'The ledger does not take this gateway: its organisation or registration was refused.',
    advice:
      'The log was founded by another administrator, or under another ledger.organisation. Put organisation.keys or the setting back as they were.',
  },
  POLICY_UNREADABLE: {
    class: 'permanent',
    message: 'The policy that names the witnesses cannot be read.',
    advice: 'Check the path in ledger.policyFile of lamplight.toml and who may read it.',
  },
  FABRIC_CONNECTION_MISSING: {
    class: 'permanent',
    message: 'There is no connection file for Fabric.',
    advice: 'Put it where ledger.fabric.connection (or adminConnection) of lamplight.toml says, mode 0600.',
  },
  FABRIC_ORGANISATION: {
    class: 'permanent',
    message: 'The connection to Fabric is that of another organisation.',
    advice: 'Set ledger.organisation in lamplight.toml to the MSP id of the connection file.',
  },
  FABRIC_NEEDS_REAL_TIME: {
    class: 'permanent',
    message: 'A ward whose time is not real time cannot use Fabric: the channel refuses what comes from the future.',
    advice: 'Leave --rate and --clock-origin out, or set ledger.backend = "embedded".',
  },
  FABRIC_ADMIN_NEEDED: {
    class: 'transient',
    message: 'The ledger on Fabric does not know this gateway yet, and only the administrator can register it.',
    advice:
      'Name a connection file under the certificate of the administrator in ledger.fabric.adminConnection until it is done.',
  },
  COMMAND_WAITS: {
    class: 'ambiguous',
    message: 'The command is on its way to the log, which has not taken it yet.',
    advice: 'It takes effect as soon as the log takes entries again: look at the disk and at "lamplight doctor".',
  },
  CONSENT_UNKNOWN: {
    class: 'permanent',
    message: 'There is no such consent here.',
    advice: 'See "lamplight consent list".',
  },
  CORRECTION_UNKNOWN: {
    class: 'permanent',
    message: 'There is no such correction of these readings.',
    advice: 'See the trend, or "lamplight correct list".',
  },
  CONSENT_SCOPE: {
    class: 'permanent',
    message: 'The consent does not cover this stay or this range of time.',
    advice: 'Ask for what it covers ("lamplight consent list"), or for a new consent.',
  },
} as const satisfies Record<string, ErrorEntry>;
