import { constants } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endsWithin, messageOf } from "../../lib/mod.ts";
import type { Meta } from "../../meta/mod.ts";

/** Resolves when it is well; rejects with a reason. The name is shown to everybody, the reason only on the debug address. */
export type HealthCheck = () => Promise<unknown>;

const cacheMs = 1_000;
/** A check that has not answered by then has failed: a hanging disk must not make hanging probes. */
const patienceMs = 5_000;

/** Whether this server is alive and whether it should get requests. */
export interface Health {
  /** `/healthz`: 200 at once. */
  alive(): Response;
  /** `/readyz`: 200, or 503 with the names of the checks that fail. Cached for a second. */
  ready(): Promise<Response>;
  /** distribution's `/debug/health`: `{}`, or 503 with reasons by check. For the debug address only. */
  debug(): Promise<Response>;
  beginShutdown(): void;
}

export function createHealth(checks: Readonly<Record<string, HealthCheck>>): Health {
  let isShuttingDown = false;
  let last: { readonly failures: Promise<Record<string, string>>; readonly atMs: number } | undefined;
  const failures = async (): Promise<Record<string, string>> => {
    const now = performance.now();
    if (last === undefined || now - last.atMs > cacheMs) last = { failures: runAll(checks), atMs: now };
    const found = await last.failures;
    return isShuttingDown ? { ...found, server: "shutting down" } : found;
  };
  return {
    alive: () => json(200, { status: "ok" }),
    async ready() {
      const failing = Object.keys(await failures()).sort();
      return failing.length === 0 ? json(200, { status: "ok" }) : json(503, { status: "failing", failing });
    },
    async debug() {
      const found = await failures();
      return json(Object.keys(found).length === 0 ? 200 : 503, found);
    },
    beginShutdown() {
      isShuttingDown = true;
    },
  };
}

/** A file can be made in the store, and the database answers. */
export function storeChecks({ meta, root }: { meta: Meta; root?: string }): Record<string, HealthCheck> {
  return {
    database: () => meta.leases.isHeld("health"),
    ...(root === undefined ? {} : { storage: () => tryWriting(root) }),
  };
}

/** Asking for permission is not enough: a file system may be mounted read-only, or full. */
async function tryWriting(root: string): Promise<void> {
  const path = join(root, `.health-${process.pid}`);
  try {
    await writeFile(path, "ok", {
      flag: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
      mode: 0o600,
    });
  } finally {
    await rm(path, { force: true });
  }
}

async function runAll(checks: Readonly<Record<string, HealthCheck>>): Promise<Record<string, string>> {
  const failed = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const reason = await runOne(check);
      return reason === undefined ? [] : [[name, reason] as const];
    }),
  );
  return Object.fromEntries(failed.flat());
}

async function runOne(check: HealthCheck): Promise<string | undefined> {
  try {
    const isAnswered = await endsWithin(Promise.resolve().then(check), patienceMs);
    return isAnswered ? undefined : `no answer in ${patienceMs / 1000} s`;
  } catch (error) {
    return messageOf(error);
  }
}

function json(status: number, value: unknown): Response {
  return Response.json(value, {
    status,
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" },
  });
}
