import { BoundedMap, isKasaneError, KasaneError } from "../lib/mod.ts";
import type { RobotRecord, RobotTable } from "../meta/mod.ts";
import { namePattern } from "../oci/mod.ts";
import { type Action, RegistryFailure } from "../registry/mod.ts";
import { actionBits, actionSet, type Grant } from "./rights.ts";
import { robotPrefix } from "./robot-name.ts";
import { isRobotSecret } from "./robot-secret.ts";
import type { Source } from "./source.ts";

/** What a robot may do in repositories that match `repositories` (a pattern of namePattern()). */
export interface RobotRight {
  readonly repositories: string;
  readonly actions: readonly Action[];
}

/** How long a robot that was disabled elsewhere may still come in, ms. */
const lookEveryMs = 250;
const noteUseEveryMs = 60_000;
const remembered = 4096;
const nobodysHash = `sha256:${"0".repeat(64)}`;

/** Robot accounts as the table says: what any process changes holds in all of them a quarter of a second later. */
export class Robots implements Source {
  readonly #table: RobotTable;
  readonly #now: () => number;
  readonly #records = new BoundedMap<string, RobotRecord | null>(remembered);
  readonly #usedAtMs = new BoundedMap<string, number>(remembered);
  #revision = -1;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(options: { table: RobotTable; now: () => number }) {
    this.#table = options.table;
    this.#now = options.now;
  }

  get version(): number {
    return this.#revision;
  }

  refresh(nowMs: number): undefined | Promise<void> {
    if (nowMs - this.#lookedAtMs < lookEveryMs && nowMs >= this.#lookedAtMs) return undefined;
    this.#looking ??= this.#look(nowMs).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The version of what is found next, or an older one. */
  async current(): Promise<number> {
    await this.refresh(this.#now());
    return this.#revision;
  }

  /** The robot, if it may come in now. @throws RegistryFailure UNAUTHORIZED that says why not */
  async find(userName: string): Promise<RobotRecord | undefined> {
    const robot = await this.#get(userName);
    if (robot === undefined) return undefined;
    const reason = this.#reasonAgainst(robot);
    if (reason !== undefined) throw new RegistryFailure("UNAUTHORIZED", { message: `${userName} ${reason}` });
    this.#noteUse(robot);
    return robot;
  }

  /** @throws RegistryFailure UNAUTHORIZED where the secret is right but the robot is disabled or has expired */
  async verify(userName: string, secret: string): Promise<RobotRecord | undefined> {
    const robot = await this.#get(userName);
    const isRight = isRobotSecret(secret, robot?.secretHash ?? nobodysHash);
    return robot !== undefined && isRight ? await this.find(userName) : undefined;
  }

  async #get(userName: string): Promise<RobotRecord | undefined> {
    await this.refresh(this.#now());
    const name = userName.slice(robotPrefix.length);
    const known = this.#records.get(name);
    if (known !== undefined) return known ?? undefined;
    const revision = this.#revision;
    const found = await this.#table.get(name);
    // Of another revision than this process knows of: not to be kept as if it were of this one.
    if (revision === this.#revision) this.#records.set(name, found ?? null);
    return found;
  }

  #reasonAgainst({ disabledAtMs, expiresAtMs }: RobotRecord): string | undefined {
    if (disabledAtMs !== undefined) return "is disabled";
    if (expiresAtMs === undefined || expiresAtMs > this.#now()) return undefined;
    return `has expired on ${new Date(expiresAtMs).toISOString()}`;
  }

  #noteUse({ name }: RobotRecord): void {
    const nowMs = this.#now();
    if (nowMs - (this.#usedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < noteUseEveryMs) return;
    this.#usedAtMs.set(name, nowMs);
    // On a full disk nobody is kept out because his coming cannot be written down.
    this.#table.noteUse(name, nowMs).catch(() => {});
  }

  async #look(nowMs: number): Promise<void> {
    const revision = await this.#table.revision();
    this.#lookedAtMs = nowMs;
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#records.clear();
  }
}

export function encodeRights(rights: readonly RobotRight[]): string {
  return JSON.stringify(rights.map(({ repositories, actions }) => ({ repositories, actions })));
}

/** @throws KasaneError `internal` for what encodeRights() did not write */
export function decodeRights(text: string): RobotRight[] {
  try {
    const rights = JSON.parse(text) as RobotRight[];
    for (const { repositories, actions } of rights) {
      namePattern(repositories);
      if (!actions.every((action) => Object.hasOwn(actionBits, action))) throw new Error("unknown action");
    }
    return rights;
  } catch (error) {
    throw new KasaneError("internal", "a robot's rights in the store cannot be read", { cause: error });
  }
}

/** What cannot be read gives no rights. */
export function robotGrants(record: RobotRecord): Grant[] {
  try {
    return decodeRights(record.rights).map(({ repositories, actions }) => ({
      matches: namePattern(repositories),
      actions: actionSet(actions),
    }));
  } catch (error) {
    if (isKasaneError(error)) return [];
    throw error;
  }
}
