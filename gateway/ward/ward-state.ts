// SPDX-License-Identifier: Apache-2.0
/** Stays, dated links, and whose a reading is (I5). Pure: commands give changes or a coded refusal, changes give the next state. */
import { GatewayError } from '../errors.ts';

/** A random id that begins when a bed is admitted or an unknown sensor is first heard; identity is a later link. */
export interface Stay {
  /** 32 hex digits. */
  readonly id: string;
  /** null: a sensor that belongs to nobody yet. */
  readonly bed: string | null;
  /** null: unknown. */
  readonly name: string | null;
  readonly openedMs: number;
  readonly closedMs: number | null;
}

/** A device belongs to a stay from `fromMs` until before `toMs`. */
export interface Link {
  readonly id: number;
  readonly device: string;
  readonly stay: string;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly by: string;
  readonly why: string;
}

export interface WardState {
  readonly stays: readonly Stay[];
  readonly links: readonly Link[];
}

export type WardChange =
  | { readonly type: 'open-stay'; readonly stay: Stay }
  | { readonly type: 'move-stay'; readonly stay: string; readonly bed: string; readonly atMs: number }
  | { readonly type: 'close-stay'; readonly stay: string; readonly atMs: number }
  | { readonly type: 'open-link'; readonly link: Link }
  | { readonly type: 'close-link'; readonly link: number; readonly atMs: number };

/** Beds, stays and links in memory; every change comes in through `apply`. When its commit is refused, the ward begins anew from disk. */
export class Ward {
  readonly beds: readonly string[];
  readonly #stays = new Map<string, Stay>();
  readonly #links = new Map<number, Link>();
  readonly #linksOfDevice = new Map<string, Link[]>();
  #nextLink = 1;

  constructor(beds: readonly string[], state: WardState) {
    this.beds = beds;
    for (const stay of state.stays) this.#stays.set(stay.id, stay);
    for (const link of state.links) this.#putLink(link);
  }

  stay(id: string): Stay | undefined {
    return this.#stays.get(id);
  }

  openStays(): Stay[] {
    return [...this.#stays.values()].filter((stay) => stay.closedMs === null);
  }

  openStayOn(bed: string): Stay | undefined {
    return this.openStays().find((stay) => stay.bed === bed);
  }

  /** Throws BED_EMPTY. */
  mustHaveStay(bed: string): Stay {
    const stay = this.openStayOn(bed);
    if (!stay) throw new GatewayError('BED_EMPTY');
    return stay;
  }

  /** The stay that a device's reading of this time belongs to: linked then, or undefined. */
  stayAt(device: string, atMs: number): Stay | undefined {
    const links = this.#linksOfDevice.get(device) ?? [];
    const link = links.findLast(({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || atMs < toMs));
    return link && this.#stays.get(link.stay);
  }

  openLinkOf(device: string): Link | undefined {
    return this.#linksOfDevice.get(device)?.find((link) => link.toMs === null);
  }

  /** Open links of a stay. */
  linksOn(stay: string): Link[] {
    return [...this.#links.values()].filter((link) => link.stay === stay && link.toMs === null);
  }

  /** The stay of nobody that this device's readings outside every link belong to. */
  unknownStayOf(device: string): Stay | undefined {
    const ofNobody = (link: Link) => this.#stays.get(link.stay)?.bed === null;
    const link = this.#linksOfDevice.get(device)?.findLast(ofNobody);
    return link && this.#stays.get(link.stay);
  }

  /** A sensor heard outside every link of it: a stay of its own, linked from `fromMs` on unless it is linked elsewhere by now. */
  meet(device: string, stayId: string, fromMs: number): WardChange[] {
    const stay = { id: stayId, bed: null, name: null, openedMs: fromMs, closedMs: null };
    const [first] = this.#linksOfDevice.get(device) ?? [];
    const open = this.#link(device, stayId, fromMs, 'gateway', 'unknown');
    const close: WardChange[] = open.flatMap((change) =>
      first && change.type === 'open-link'
        ? [{ type: 'close-link', link: change.link.id, atMs: Math.max(fromMs, first.fromMs) }]
        : [],
    );
    return [{ type: 'open-stay', stay }, ...open, ...close];
  }

  /** Opens a stay on a free bed. Throws BED_UNKNOWN or BED_TAKEN. */
  admit(bed: string, stayId: string, name: string | null, nowMs: number): WardChange[] {
    if (!this.beds.includes(bed)) throw new GatewayError('BED_UNKNOWN');
    if (this.openStayOn(bed)) throw new GatewayError('BED_TAKEN');
    return [{ type: 'open-stay', stay: { id: stayId, bed, name, openedMs: nowMs, closedMs: null } }];
  }

  /** Links a device from now on. A device in use, or ever linked to a patient, asks for `confirm`: throws CONFIRM_REUSE. */
  link(device: string, stayId: string, nowMs: number, by: string, confirm: boolean): WardChange[] {
    const usedBefore = (this.#linksOfDevice.get(device) ?? []).some((link) => this.#stays.get(link.stay)?.bed != null);
    if (usedBefore && !confirm) throw new GatewayError('CONFIRM_REUSE');
    return [...this.unlink(device, nowMs), ...this.#link(device, stayId, nowMs, by, 'linked')];
  }

  /** Closes the open link of a device; a stay of nobody that loses its sensor ends with it. */
  unlink(device: string, nowMs: number): WardChange[] {
    const open = this.openLinkOf(device);
    if (!open) return [];
    const close: WardChange = { type: 'close-link', link: open.id, atMs: nowMs };
    const ofNobody = this.#stays.get(open.stay)?.bed == null;
    return ofNobody ? [close, { type: 'close-stay', stay: open.stay, atMs: nowMs }] : [close];
  }

  /** Moves the stay on a bed to a free one; its links go with it. Throws BED_UNKNOWN, BED_EMPTY or BED_TAKEN. */
  transfer(bed: string, to: string, nowMs: number): WardChange[] {
    if (!this.beds.includes(to)) throw new GatewayError('BED_UNKNOWN');
    const { id } = this.mustHaveStay(bed);
    if (this.openStayOn(to)) throw new GatewayError('BED_TAKEN');
    return [{ type: 'move-stay', stay: id, bed: to, atMs: nowMs }];
  }

  /** Closes the stay on a bed and every link of it. Throws BED_EMPTY. */
  discharge(bed: string, nowMs: number): WardChange[] {
    const stay = this.mustHaveStay(bed);
    const links = this.linksOn(stay.id).map((link): WardChange => ({ type: 'close-link', link: link.id, atMs: nowMs }));
    return [...links, { type: 'close-stay', stay: stay.id, atMs: nowMs }];
  }

  /** Takes changes that are on their way to the disk, ahead of every row that builds on them. */
  apply(changes: readonly WardChange[]): void {
    for (const change of changes) {
      if (change.type === 'open-stay') this.#stays.set(change.stay.id, change.stay);
      if (change.type === 'move-stay')
        this.#stays.set(change.stay, { ...this.#stays.get(change.stay)!, bed: change.bed });
      if (change.type === 'close-stay')
        this.#stays.set(change.stay, { ...this.#stays.get(change.stay)!, closedMs: change.atMs });
      if (change.type === 'open-link') this.#putLink(change.link);
      if (change.type === 'close-link') this.#putLink({ ...this.#links.get(change.link)!, toMs: change.atMs });
    }
  }

  #link(device: string, stay: string, fromMs: number, by: string, why: string): WardChange[] {
    return [{ type: 'open-link', link: { id: this.#nextLink++, device, stay, fromMs, toMs: null, by, why } }];
  }

  #putLink(link: Link): void {
    this.#links.set(link.id, link);
    this.#nextLink = Math.max(this.#nextLink, link.id + 1);
    const others = (this.#linksOfDevice.get(link.device) ?? []).filter(({ id }) => id !== link.id);
    this.#linksOfDevice.set(
      link.device,
      [...others, link].sort((a, b) => a.id - b.id),
    );
  }
}
