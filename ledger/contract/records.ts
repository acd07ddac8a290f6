// SPDX-License-Identifier: Apache-2.0
/** What is only written down: accesses, erasures, corrections. Each stands under the id of its command, for good; a correction may be taken back, once. */
import { refused } from './answer.ts';
import { change, type Handler } from './handler.ts';
import { ACCESS_VALUE, type Access, CORRECTION_VALUE, INCIDENT_VALUE, KEYS, load, writeOf } from './state.ts';

/** Emergencies and denials are incidents: somebody has to look at them. */
export const logAccess: Handler<'logAccess'> = ({ command, signed: { id } }) => {
  const { type: _type, device, ...fields } = command;
  if (!device) return refused('COMMAND_MALFORMED', 'an access is logged by a gateway');
  const access: Access = { ...fields, command: id, device };
  const isIncident = access.basis === 'emergency' || access.decision === 'denied';
  return change([
    isIncident
      ? writeOf(INCIDENT_VALUE, KEYS.incident(id), { access })
      : writeOf(ACCESS_VALUE, KEYS.access(id), access),
  ]);
};

export const recordErasure: Handler<'recordErasure'> = ({ command: { org, at, reason, details }, signed: { id } }) =>
  change([writeOf(INCIDENT_VALUE, KEYS.incident(id), { erasure: { org, at, reason, details } })]);

/** The readings stay where they are and provable; whoever reads them honours the corrections of their range and shows them. */
export const recordCorrection: Handler<'recordCorrection'> = ({ command, signed: { id } }) => {
  const { org, at, reason, details } = command;
  return change([writeOf(CORRECTION_VALUE, KEYS.correction(id), { command: id, org, at, reason, details })]);
};

/** The correction stays and says that it was taken back. That is final: who marked rightly after all marks again. */
export const withdrawCorrection: Handler<'withdrawCorrection'> = ({ state, command, signed: { id } }) => {
  const key = KEYS.correction(command.correction);
  const held = load(state, CORRECTION_VALUE, key);
  if (!held) return refused('NOT_FOUND', 'the correction');
  if (held.withdrawal) return refused('CORRECTION_WITHDRAWN', 'another command took it back');
  const { at, details } = command;
  return change([writeOf(CORRECTION_VALUE, key, { ...held, withdrawal: { command: id, at, details } })]);
};
