import { KasaneError } from "../lib/mod.ts";
import type { RobotRecord, RobotTable } from "../meta/mod.ts";
import { namePattern } from "../oci/mod.ts";
import type { Action } from "../registry/mod.ts";
import { actionBits } from "./rights.ts";
import { parseRobotName, robotPrefix } from "./robot-name.ts";
import { createRobotSecret, hashRobotSecret } from "./robot-secret.ts";
import { decodeRights, encodeRights, type RobotRight } from "./robots.ts";

/** A robot as its owner sees it. */
export interface RobotAccount {
  readonly name: string;
  /** What it logs in as. */
  readonly userName: string;
  readonly rights: readonly RobotRight[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly usedAtMs?: number;
  readonly state: "active" | "disabled" | "expired";
}

/** A secret exists here only: it is shown once, and kept as a hash. */
export interface RobotWithSecret extends RobotAccount {
  readonly secret: string;
}

/** @throws KasaneError `usage`, `already-exists` */
export async function createRobot(
  table: RobotTable,
  options: { name: string; rights: readonly RobotRight[]; expiresAtMs?: number },
): Promise<RobotWithSecret> {
  const name = parseRobotName(options.name);
  if (options.rights.length === 0) {
    throw new KasaneError("usage", `robot ${name} would not be allowed to do anything`, {
      hint: "give it rights, for example --allow 'team/**:pull,push'",
    });
  }
  const secret = createRobotSecret();
  const record = {
    name,
    secretHash: hashRobotSecret(secret),
    rights: encodeRights(options.rights),
    createdAtMs: Date.now(),
    ...(options.expiresAtMs === undefined ? {} : { expiresAtMs: options.expiresAtMs }),
  };
  await table.add(record);
  return { ...accountOf(record), secret };
}

/**
 * Gives a robot another secret: the former one is worth nothing from now on. `expiresAtMs`: its new end.
 * @throws KasaneError `not-found`
 */
export async function rotateRobot(
  table: RobotTable,
  options: { name: string; expiresAtMs?: number },
): Promise<RobotWithSecret> {
  const secret = createRobotSecret();
  const { expiresAtMs } = options;
  await changeRobot(table, options.name, {
    secretHash: hashRobotSecret(secret),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  });
  return { ...accountOf((await table.get(parseRobotName(options.name)))!), secret };
}

/** @throws KasaneError `not-found` */
export async function changeRobot(
  table: RobotTable,
  givenName: string,
  change: Parameters<RobotTable["update"]>[1],
): Promise<void> {
  const name = parseRobotName(givenName);
  if (!(await table.update(name, change))) throw notFound(name);
}

/** @throws KasaneError `not-found` */
export async function removeRobot(table: RobotTable, givenName: string): Promise<void> {
  const name = parseRobotName(givenName);
  if (!(await table.delete(name))) throw notFound(name);
}

export async function listRobots(table: RobotTable): Promise<RobotAccount[]> {
  return (await table.list()).map(accountOf);
}

/** `team/**:pull,push`: a pattern of repositories and what may be done there. @throws KasaneError `usage` */
export function parseRobotRight(text: string): RobotRight {
  const colon = text.lastIndexOf(":");
  const actions = text.slice(colon + 1).split(",") as Action[];
  if (colon <= 0 || !actions.every((action) => Object.hasOwn(actionBits, action))) {
    throw new KasaneError("usage", `${JSON.stringify(text.slice(0, 80))} is not a right`, {
      hint: "write PATTERN:ACTIONS with pull, push and delete, for example 'team/**:pull,push'",
    });
  }
  const repositories = text.slice(0, colon);
  namePattern(repositories);
  return { repositories, actions };
}

function accountOf(record: RobotRecord): RobotAccount {
  const { name, createdAtMs, expiresAtMs, usedAtMs, disabledAtMs } = record;
  const isExpired = expiresAtMs !== undefined && expiresAtMs <= Date.now();
  return {
    name,
    userName: robotPrefix + name,
    rights: decodeRights(record.rights),
    createdAtMs,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(usedAtMs === undefined ? {} : { usedAtMs }),
    state: disabledAtMs === undefined ? (isExpired ? "expired" : "active") : "disabled",
  };
}

function notFound(name: string): KasaneError {
  return new KasaneError("not-found", `there is no robot ${name}`, {
    hint: "kasane registry robot ls lists those that there are",
  });
}
