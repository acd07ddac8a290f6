// SPDX-License-Identifier: Apache-2.0
/** The published messages of the gateway: every MQTT topic and the schema of every payload, in one file. */
import * as z from 'zod';

/** Handle of a device: what stands in topics and in the record. Random or chosen by the technician; never a person's name. */
export const handleSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{1,31}$/);
export const bedSchema = z.string().trim().min(1).max(16);
export const staySchema = z.string().regex(/^[0-9a-f]{32}$/);

/** Topics below `lamplight/v1/<gateway>/`. `station` is a reserved handle. */
export function topics(gateway: string) {
  const base = `lamplight/v1/${gateway}`;
  return {
    senml: (handle: string) => `${base}/${handle}/senml`,
    ack: (handle: string) => `${base}/${handle}/ack`,
    /** LiveMessage, QoS 0: newest values right after their commit. */
    live: `${base}/station/live`,
    /** WardMessage, QoS 0: beds, stays, devices, recording state; at every change and every 5 s. */
    ward: `${base}/station/ward`,
    /** Request, QoS 0, from a station (what a gateway dies with is not sent again); answered by Response on `response(request.from)`. */
    request: `${base}/station/request`,
    response: (station: string) => `${base}/station/response/${station}`,
  };
}

/** One value as a tile shows it. `value` is the device's own decimal text, so 36.60 stays 36.60. */
const liveReadingSchema = z.strictObject({
  stay: staySchema,
  /** null: "Not admitted". */
  bed: bedSchema.nullable(),
  device: handleSchema,
  vital: z.string(),
  value: z.string().nullable(),
  absent: z.string().nullable(),
  unit: z.string(),
  /** Ward time in ms since 1970 at which it was measured, and at which the gateway had it. */
  measuredMs: z.number(),
  receivedMs: z.number(),
  /** Bits of FLAG in devices/reading.ts. */
  flags: z.number().int(),
  trust: z.enum(['A', 'B', 'C', 'D']),
  /** Ward milliseconds without news after which the value is stale, then lost; null: episodic, its age is always shown. */
  staleAfterMs: z.number().nullable(),
  lostAfterMs: z.number().nullable(),
});
export type LiveReading = z.infer<typeof liveReadingSchema>;

export const liveMessageSchema = z.strictObject({
  type: z.literal('live'),
  /** Ward time at which the gateway sent this. */
  sentMs: z.number(),
  readings: z.array(liveReadingSchema).max(4096),
});
export type LiveMessage = z.infer<typeof liveMessageSchema>;

const bedStateSchema = z.strictObject({
  bed: bedSchema,
  stay: staySchema.nullable(),
  admittedMs: z.number().nullable(),
  /** "unknown" until a person says otherwise; never shown outside the ward. */
  name: z.string().nullable(),
});
const deviceStateSchema = z.strictObject({
  device: handleSchema,
  kind: z.string(),
  bed: bedSchema.nullable(),
  stay: staySchema.nullable(),
  link: z.enum(['up', 'down']),
  lastSeenMs: z.number().nullable(),
  /** Since the gateway started: readings that came again and were dropped, and gaps that were put on record. */
  resends: z.number().int().min(0),
  gaps: z.number().int().min(0),
  /** As the device last told it, and when; null: not told since the gateway started. */
  battery: z.strictObject({ percent: z.number().min(0).max(100), toldMs: z.number() }).nullable(),
  trust: z.enum(['A', 'B', 'C', 'D']),
});
export const wardMessageSchema = z.strictObject({
  type: z.literal('ward'),
  gateway: z.string(),
  /** As the clinic calls it. */
  wardName: z.string().max(80),
  sentMs: z.number(),
  rate: z.number(),
  /** "synthetic", "recorded, de-identified" or null: said on every page. */
  origin: z.string().nullable(),
  beds: z.array(bedStateSchema),
  devices: z.array(deviceStateSchema),
  /** recording: all is well; waveforms-stopped at 85 % disk; refusing at 95 %: nothing is stored, live values still shown. */
  recording: z.enum(['recording', 'waveforms-stopped', 'refusing']),
});
export type WardMessage = z.infer<typeof wardMessageSchema>;

const idSchema = z.string().regex(/^[0-9a-f]{32}$/);
const wordsSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
/** Key of a vital sign. */
const vitalSchema = z.string().regex(/^[a-zA-Z0-9]{1,40}$/);
const rangeSchema = { fromMs: z.number().int().min(0), toMs: z.number().int().min(0) };
/** As whom somebody reads; the treating team (a nurse) if nothing is said. All but the treating team name a consent, or an emergency. */
const readerSchema = {
  reader: z.enum(['nurse', 'physician', 'relative', 'outside-doctor', 'researcher']).optional(),
  consent: idSchema.optional(),
  emergency: z.enum(['danger-to-life', 'patient-unconscious', 'systems-down', 'other']).optional(),
};
/** The stay that the person saw: the command is refused with STAY_CHANGED when it is another by now. */
const seenSchema = { stay: staySchema.optional() };
const common = {
  id: z.string().min(1).max(64),
  from: z.string().regex(/^[a-z0-9-]{1,32}$/),
  by: z.string().min(1).max(64),
};
/**
 * Says of readings that they are in error, or another patient's: of one vital sign or of all, in a range of corrected time, both ends
 * included. The originals stay in the record and can be proved; whoever reads is shown what was said of them.
 */
export const correctSchema = z.strictObject({
  ...common,
  command: z.literal('correct'),
  stay: staySchema,
  ...rangeSchema,
  vital: vitalSchema.optional(),
  reason: z.enum(['in-error', 'another-patient']),
  why: wordsSchema,
});
/** Takes a correction back: its readings are the patient's values again, and both stay on record. `stay`: refused for another's. */
export const withdrawCorrectionSchema = z.strictObject({
  ...common,
  command: z.literal('withdraw-correction'),
  correction: idSchema,
  stay: staySchema.optional(),
  why: wordsSchema,
});
export const requestSchema = z.discriminatedUnion('command', [
  /** Answer: { ward: WardMessage, live: LiveMessage } with the newest value of every vital. */
  z.strictObject({ ...common, command: z.literal('snapshot') }),
  /** Opens a stay on a bed; `device` links a sensor from now on. Quick admit is a bed and no name. */
  z.strictObject({
    ...common,
    command: z.literal('admit'),
    bed: bedSchema,
    name: z.string().max(80).optional(),
    device: handleSchema.optional(),
    confirm: z.boolean().optional(),
  }),
  /** Links a sensor to the stay on a bed from now on; a sensor in use, or used before, asks for `confirm`. */
  z.strictObject({
    ...common,
    ...seenSchema,
    command: z.literal('link'),
    bed: bedSchema,
    device: handleSchema,
    confirm: z.boolean().optional(),
  }),
  z.strictObject({ ...common, ...seenSchema, command: z.literal('unlink'), device: handleSchema }),
  /**
   * Puts on record that a person is about to read history of a stay (I10). Only when the answer is ok may it be released. A `board` is one that
   * shows live values already, which never wait for it; its range is the shift that it stands for, and no corrections come with it.
   * Answer: { access: id of the entry, 32 hex digits, corrections, head }, where `head` has the readings of the stay that are in no sealed
   * batch yet: canonical bytes (docs/formats.md, "Reading") as base64, only for a trend, else empty.
   */
  z.strictObject({
    ...common,
    command: z.literal('log-access'),
    stay: staySchema,
    fromMs: z.number(),
    toMs: z.number(),
    purpose: z.enum(['trend', 'export', 'proof', 'board']),
    ...readerSchema,
  }),
  /** Puts a consent on record. Answer: { consent: its id }. Times in ms since 1970: of what it covers, and for how long it holds. */
  z.strictObject({
    ...common,
    command: z.literal('consent-grant'),
    stay: staySchema,
    /** Who gives it, and who gets it. */
    grantor: wordsSchema,
    grantee: wordsSchema,
    reader: z.enum(['relative', 'outside-doctor', 'researcher']),
    /** The organisation of the grantee in the ledger; ours if it is left out. */
    granteeOrg: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/)
      .optional(),
    what: wordsSchema,
    fromMs: z.number().int().min(0),
    toMs: z.number().int().min(0),
    notBefore: z.number().int().min(0),
    notAfter: z.number().int().min(0),
  }),
  /** Takes a consent back: at once here, and with new keys for what is recorded from then on. */
  z.strictObject({ ...common, command: z.literal('consent-revoke'), consent: idSchema }),
  /** Answer: { consents: ConsentView[] }. */
  z.strictObject({ ...common, command: z.literal('consents') }),
  correctSchema,
  withdrawCorrectionSchema,
  /** Answer: { corrections: Correction[] } of the stay, the newest first. */
  z.strictObject({ ...common, command: z.literal('corrections'), stay: staySchema }),
  /** Who read history of a stay, or had it on an open board. Answer: { accesses: LoggedAccess[] }, the newest first, ACCESSES_MAX at most. */
  z.strictObject({ ...common, command: z.literal('accesses'), stay: staySchema }),
  /** Moves the stay on a bed to an empty one, with all its sensors; its values stay its own. */
  z.strictObject({ ...common, ...seenSchema, command: z.literal('transfer'), bed: bedSchema, to: bedSchema }),
  /** Closes the stay on a bed and every link of it. */
  z.strictObject({ ...common, ...seenSchema, command: z.literal('discharge'), bed: bedSchema }),
]);
export type Request = z.infer<typeof requestSchema>;

const saidSchema = { by: z.string(), why: z.string(), atMs: z.number() };
const correctionSchema = z.object({
  /** Id of its command in the log. */
  correction: idSchema,
  ...rangeSchema,
  /** null: all vital signs. */
  vital: z.string().nullable(),
  reason: z.enum(['in-error', 'another-patient']),
  ...saidSchema,
  /** Who took it back; null while it stands. */
  withdrawn: z.object(saidSchema).nullable(),
});
export type Correction = z.infer<typeof correctionSchema>;
/** What a station gets for `corrections`: for a proof also its entry, and its withdrawal's: the place in the log, and what the command commits to. */
export const correctionsSchema = z.object({
  corrections: z.array(
    correctionSchema.extend({
      /** `entry`: null if another gateway wrote it. */
      entries: z.array(z.object({ entry: z.number().int().min(0).nullable(), opening: z.base64() })),
    }),
  ),
});
export type ProvableCorrection = z.infer<typeof correctionsSchema>['corrections'][number];

/** What a station gets for `log-access`: also what was said of readings of that stay in that range. */
export const loggedSchema = z.object({
  access: z.string(),
  head: z.array(z.base64()),
  corrections: z.array(correctionSchema),
});

/** More are not told at once. */
export const ACCESSES_MAX = 1000;
const accessSchema = z.object({
  id: z.string(),
  stay: staySchema,
  by: z.string(),
  purpose: z.string(),
  /** Ward time of the access, and the range that was asked for. */
  atMs: z.number(),
  fromMs: z.number(),
  toMs: z.number(),
  /** Its entry is number `outbox - 1` of the log. */
  outbox: z.number().int(),
  /** Denied: it was put on record, and nothing was released. */
  decision: z.enum(['allowed', 'denied']).optional(),
  reader: z.string().optional(),
});
export type Access = z.infer<typeof accessSchema>;
/** What a station gets for `accesses`. */
export const accessesSchema = z.object({ accesses: z.array(accessSchema).max(ACCESSES_MAX) });

const consentViewSchema = z.object({
  consent: idSchema,
  /** null: the details were erased, or lie with another organisation. */
  details: z
    .object({
      stay: staySchema,
      grantor: z.string(),
      grantee: z.string(),
      what: z.string(),
      fromMs: z.number(),
      toMs: z.number(),
    })
    .nullable(),
  reader: z.string(),
  granteeOrg: z.string(),
  status: z.enum(['granted', 'revoked']),
  notBefore: z.number(),
  notAfter: z.number(),
});
export type ConsentView = z.infer<typeof consentViewSchema>;
/** What a station gets for `consents`. */
export const consentsSchema = z.object({ consents: z.array(consentViewSchema) });
/** What a station gets for `consent-grant`. */
export const grantedSchema = z.object({ consent: idSchema });

export const responseSchema = z.strictObject({
  id: z.string(),
  ok: z.boolean(),
  /** Error code of docs/errors.md and its words, when not ok. `CONFIRM_REUSE` asks the person and sends again with `confirm`. */
  code: z.string().optional(),
  message: z.string().optional(),
  advice: z.string().optional(),
  result: z.unknown().optional(),
});
export type Response = z.infer<typeof responseSchema>;
