// SPDX-License-Identifier: Apache-2.0
/** Errors of files, keys and settings that a start needs. Part of the registry in errors.ts. */
import type { ErrorEntry } from '../ledger/index.ts';

export const SETUP_ERRORS = {
  KEY_STORE_MISSING: {
    class: 'permanent',
    message: 'There is no key store.',
    advice: 'Restore it from its backup. A new one cannot open what the old one sealed.',
  },
  KEY_STORE_EXISTS: {
    class: 'permanent',
    message: 'There is a key store already, and it is never overwritten.',
    advice: 'Use the one that exists, or move it away by hand if you are sure that nothing is sealed under it.',
  },
  PRIVATE_FILE_OWNER: {
    class: 'permanent',
    message: 'A file with secrets belongs to another user.',
    advice: 'Run Lamplight as the user who owns the file, or give it to this user with chown.',
  },
  PRIVATE_FILE_MODE: {
    class: 'permanent',
    message: 'A file with secrets has another mode than 0600.',
    advice: 'Find out who may have read it, then run chmod 600 on the file.',
  },
  PRIVATE_FILE_KIND: {
    class: 'permanent',
    message: 'A file with secrets is a symbolic link or not a regular file.',
    advice: 'Put the file itself at this path.',
  },
  PRIVATE_FILE_TOO_LARGE: {
    class: 'permanent',
    message: 'A file with secrets is larger than 4 MiB.',
    advice: 'Restore it from its backup.',
  },
  KEY_STORE_DAMAGED: {
    class: 'permanent',
    message: 'The key store is damaged.',
    advice: 'Restore it from its backup.',
  },
  KEY_STORE_VERSION: {
    class: 'permanent',
    message: 'The key store was written by a newer Lamplight.',
    advice: 'Install the newer version.',
  },
  KEY_STORE_PASSPHRASE: {
    class: 'permanent',
    message: 'The passphrase does not open the key store.',
    advice: 'Check LAMPLIGHT_PASSPHRASE_FILE or the systemd credential lamplight-passphrase.',
  },
  KEY_STORE_NO_PASSPHRASE: {
    class: 'permanent',
    message: 'The key store needs a passphrase and none was given.',
    advice: 'Name a file in LAMPLIGHT_PASSPHRASE_FILE or load the systemd credential lamplight-passphrase.',
  },
  GATEWAY_RENAMED: {
    class: 'permanent',
    message: 'The gateway of this data directory has another name.',
    advice:
      'Put its first name back (gateway in lamplight.toml): it is in every signature. Another name needs a new data directory.',
  },
  KEY_STORE_DEMO: {
    class: 'permanent',
    message: 'This is a demo key store: its keys lie in the clear.',
    advice: 'Use it with --demo only. For patients, start with a new data directory and a passphrase.',
  },
  DATA_DIRECTORY_LOCKED: {
    class: 'transient',
    message: 'Another Lamplight process uses this data directory.',
    advice: 'Stop the other one, or name another directory with --data.',
  },
  DATA_DIRECTORY_NEWER: {
    class: 'permanent',
    message: 'The data directory was written by a newer Lamplight.',
    advice: 'Install the newer version; an older one could damage the record.',
  },
  DATA_DIRECTORY_OLDER: {
    class: 'permanent',
    message: 'The data directory was written by an older Lamplight, in a form that this one does not read.',
    advice: 'Keep it for the older version, and start with a new data directory.',
  },
  DATA_DIRECTORY_FOREIGN: {
    class: 'permanent',
    message: 'The directory holds something else than Lamplight data.',
    advice: 'Name an empty or new directory with --data.',
  },
  CONFIG_INVALID: {
    class: 'permanent',
    message: 'The configuration is not valid.',
    advice: 'Mend the named line of lamplight.toml. docs/ lists every setting.',
  },
  CONFIG_LAST_GOOD: {
    class: 'permanent',
    message: 'The configuration is not valid; the last good one is in use.',
    advice: 'Mend the named line of lamplight.toml, then restart.',
  },
  SERIES_PASSWORD_MISSING: {
    class: 'permanent',
    message: 'There is no password for the series store.',
    advice: 'Write it into the file that series.passwordFile names in lamplight.toml (mode 0600).',
  },
  IDENTITY_MISSING: {
    class: 'permanent',
    message: "The gateway's public identity (identity.json) is missing or damaged.",
    advice: 'Start the gateway once: it writes the file anew from its key store.',
  },
  CLOCK_FLAGS: {
    class: 'permanent',
    message: 'The flags --rate and --clock-origin are not a rate and two moments.',
    advice: 'Give --rate a positive number, and --clock-origin as REALMS:WARDMS.',
  },
  PASSPHRASE_UNREADABLE: {
    class: 'permanent',
    message: 'The file with the passphrase cannot be read.',
    advice: 'Check the path in LAMPLIGHT_PASSPHRASE_FILE and who may read it.',
  },
  NO_FREE_PORT: {
    class: 'transient',
    message: 'Every port that the demo tried is taken.',
    advice: 'Stop other programs that listen on these ports.',
  },
} as const satisfies Record<string, ErrorEntry>;
