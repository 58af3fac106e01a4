import { createHash } from "node:crypto";
import { BoundedMap } from "../lib/mod.ts";
import type { RobotRecord } from "../meta/mod.ts";
import type { Caller } from "../registry/mod.ts";
import type { AccessRules } from "./access-rules.ts";
import type { BasicCredentials } from "./basic-credentials.ts";
import type { PasswordUsers } from "./password-users.ts";
import type { Rights } from "./rights.ts";
import { robotPrefix } from "./robot-name.ts";
import { type Robots, robotGrants } from "./robots.ts";
import type { Source } from "./source.ts";

/** Somebody who is known here, by password or by a token issued here. */
export interface Subject {
  readonly caller: Caller;
  readonly rights: Rights;
  /** Changes with the password or secret; tells neither. */
  readonly fingerprint: string;
  /** Whether there is something to log in with that a refresh token can stand for. */
  readonly isRefreshable: boolean;
  /** Until when this holds at most; and only while `source` stays at `version`. */
  readonly untilMs: number;
  readonly source: Source;
  readonly version: number;
}

/** So many robots' rights are kept together with what was decided by them. */
const rememberedRobots = 256;

/** Users of the password file and robots, and what they may do. */
export class Subjects {
  readonly #users: PasswordUsers | undefined;
  readonly #robots: Robots | undefined;
  readonly #rules: AccessRules;
  readonly #hasCertificateUsers: boolean;
  readonly #now: () => number;
  readonly #robotRights = new BoundedMap<string, { written: string; rights: Rights }>(rememberedRobots);

  constructor(parts: {
    users: PasswordUsers | undefined;
    robots: Robots | undefined;
    rules: AccessRules;
    hasCertificateUsers: boolean;
    now: () => number;
  }) {
    this.#users = parts.users;
    this.#robots = parts.robots;
    this.#rules = parts.rules;
    this.#hasCertificateUsers = parts.hasCertificateUsers;
    this.#now = parts.now;
  }

  /** Whether anybody could log in with a name and a password. */
  get hasAny(): boolean {
    return this.#users !== undefined || this.#robots !== undefined;
  }

  /** undefined for wrong credentials. @throws RegistryFailure for right ones that do not hold now */
  async logIn({ userName, password }: BasicCredentials): Promise<Subject | undefined> {
    if (this.#robots !== undefined && userName.startsWith(robotPrefix)) {
      if ((await this.#robots.verify(userName, password)) === undefined) return undefined;
      return await this.#robot(this.#robots, userName);
    }
    if (this.#users === undefined) return undefined;
    this.#users.refresh(this.#now());
    // The version before the hash is looked at: a change meanwhile makes what is found here invalid.
    const { version } = this.#users;
    if (!(await this.#users.verify(userName, password))) return undefined;
    const subject = this.#user(this.#users, userName);
    return subject && { ...subject, version };
  }

  /** Whoever is named by what was issued here before, if he is still known. */
  async find({ kind, name }: Caller): Promise<Subject | undefined> {
    if (kind === "robot") return this.#robots && (await this.#robot(this.#robots, name));
    if (kind === "user") return this.#users && this.#user(this.#users, name);
    return kind === "certificate" ? this.certificate(name) : undefined;
  }

  /** The user that a verified certificate is of. */
  certificate(name: string): Subject | undefined {
    if (!this.#hasCertificateUsers || name === "" || name.startsWith(robotPrefix)) return undefined;
    const caller: Caller = { kind: "certificate", name };
    const rights = this.#rules.rightsOf(caller);
    return {
      caller,
      rights,
      fingerprint: "",
      isRefreshable: false,
      untilMs: Number.POSITIVE_INFINITY,
      ...unchanging,
    };
  }

  #user(users: PasswordUsers, name: string): Subject | undefined {
    users.refresh(this.#now());
    const hash = users.hash(name);
    // Rules name robots with their prefix: nobody else may go by such a name.
    if (hash === undefined || name.startsWith(robotPrefix)) return undefined;
    const caller: Caller = { kind: "user", name };
    return {
      caller,
      rights: this.#rules.rightsOf(caller),
      fingerprint: fingerprintOf(hash),
      isRefreshable: true,
      untilMs: Number.POSITIVE_INFINITY,
      source: users,
      version: users.version,
    };
  }

  async #robot(robots: Robots, name: string): Promise<Subject | undefined> {
    const version = await robots.current();
    const robot = await robots.find(name);
    if (robot === undefined) return undefined;
    const caller: Caller = { kind: "robot", name };
    return {
      caller,
      rights: this.#rightsOfRobot(caller, robot),
      fingerprint: fingerprintOf(robot.secretHash),
      isRefreshable: true,
      untilMs: robot.expiresAtMs ?? Number.POSITIVE_INFINITY,
      source: robots,
      version,
    };
  }

  /** One for all logins and tokens of a robot, until its rights change: builds get a token for every image. */
  #rightsOfRobot(caller: Caller, robot: RobotRecord): Rights {
    const known = this.#robotRights.get(caller.name);
    if (known?.written === robot.rights) return known.rights;
    const rights = this.#rules.rightsOf(caller, robotGrants(robot));
    this.#robotRights.set(caller.name, { written: robot.rights, rights });
    return rights;
  }
}

const unchanging = { source: { version: 0, refresh: () => undefined } satisfies Source, version: 0 };

function fingerprintOf(hash: string): string {
  return createHash("sha256").update(hash).digest("base64url").slice(0, 16);
}
