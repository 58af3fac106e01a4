import { constants } from "node:fs";
import { access as accessFile, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { errnoOf, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { checkRetention } from "../../retention/mod.ts";
import { createPullThrough } from "../../sync/mod.ts";
import { isLoopbackAddress, parseAddress } from "../address.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { certificateTimeWarning, readCertificateFiles } from "../tls/certificate-files.ts";
import { registryRules } from "./registry-rules.ts";

export interface ConfigCheck {
  /** What would be served, where and to whom: one line each. */
  readonly facts: readonly string[];
  readonly warnings: readonly string[];
  /** With any of these the server would not start, or would not do what was meant. */
  readonly problems: readonly string[];
}

/** Opens everything that a configuration names, and listens nowhere. Changes nothing. */
export async function checkServerConfig(
  config: ServerConfig,
  options: { root: string },
): Promise<ConfigCheck> {
  const facts: string[] = [];
  const warnings: string[] = [];
  const problems: string[] = [];
  const examine = async (work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (error) {
      if (!isKasaneError(error)) throw error;
      problems.push(error.hint ? `${error.message} (${error.hint})` : error.message);
    }
  };
  await examine(() => checkAddresses(config, facts, warnings));
  await examine(() => checkTls(config, facts, warnings));
  await examine(() => checkStore(config, options.root, facts));
  await examine(() => checkAccess(config, facts, warnings));
  await examine(() => checkRules(config, facts));
  await examine(() => checkAudit(config, facts));
  for (const upstream of config.upstreams) {
    await examine(async () => {
      facts.push(
        `mirrors ${upstream.url} ${upstream.prefix === "" ? "in every repository" : `below ${upstream.prefix}/`}`,
      );
      for (const path of [upstream.caPath, upstream.passwordPath]) if (path) await readable(path);
    });
  }
  await examine(() => checkMirrors(config));
  for (const { name, url } of config.notifications)
    facts.push(`tells ${name} (${new URL(url).origin}) of events`);
  return { facts, warnings, problems };
}

function checkAddresses({ http }: ServerConfig, facts: string[], warnings: string[]): void {
  const { hostname, port } = parseAddress(http.address);
  facts.push(`listens on ${hostname}:${port} with ${http.tls ? "HTTPS" : "HTTP"}`);
  if (!http.tls && !isLoopbackAddress(hostname))
    warnings.push(`plain HTTP on ${hostname}: anyone on the network can read and change what is sent`);
  if (http.prefix !== "") facts.push(`serves below ${http.prefix}`);
  if (http.externalUrl !== undefined) facts.push(`is known as ${http.externalUrl}`);
  if (http.debug) {
    const debug = parseAddress(http.debug.address);
    facts.push(
      `shows health${http.debug.metricsPath ? " and metrics" : ""} on ${debug.hostname}:${debug.port}`,
    );
  }
}

function checkTls({ http }: ServerConfig, facts: string[], warnings: string[]): void {
  if (http.tls === undefined) return;
  const { certificate } = readCertificateFiles(http.tls);
  const subject = certificate.subject.replaceAll("\n", ", ");
  facts.push(`shows the certificate of ${subject}, valid to ${new Date(certificate.validTo).toISOString()}`);
  if (http.tls.clientCaPaths.length > 0) facts.push(`clients' certificates: ${http.tls.clientAuth}`);
  const warning = certificateTimeWarning(certificate);
  if (warning) warnings.push(warning);
}

async function checkStore({ isInMemory }: ServerConfig, root: string, facts: string[]): Promise<void> {
  if (isInMemory) {
    facts.push("keeps nothing beyond the end of the process");
    return;
  }
  await writable(root, { levels: Number.POSITIVE_INFINITY });
  facts.push(`keeps images in ${root}`);
}

async function checkAccess({ access }: ServerConfig, facts: string[], warnings: string[]): Promise<void> {
  if (access === undefined) {
    facts.push("everybody may do everything");
    return;
  }
  const { createAccess } = await import("../../access/mod.ts");
  const meta = openSqliteMeta(":memory:");
  createAccess(access, { meta, onWarning: (message) => warnings.push(message) }).close();
  const ways = [
    access.htpasswd && `users of ${access.htpasswd.path}`,
    access.hasRobots && "robots",
    access.hasCertificateUsers && "clients' certificates",
    access.issuer && "tokens issued here",
    access.token && `tokens of ${access.token.issuer}`,
  ].filter(Boolean);
  facts.push(`lets in ${ways.length > 0 ? ways.join(", ") : "nobody by name"}`);
  facts.push(
    access.rules.length === 0
      ? "whoever is logged in may do everything"
      : rulesOf(access.rules, "for access"),
  );
}

function checkRules(config: ServerConfig, facts: string[]): void {
  registryRules(config);
  checkRetention(config.retention.rules);
  const { rules, garbage, retention } = config;
  facts.push(
    rules.isReadOnly
      ? "takes no pushes and deletes"
      : `takes pushes${rules.isDeleteEnabled ? " and deletes" : "; deleting is switched off"}`,
  );
  if (rules.immutable.length > 0) facts.push(rulesOf(rules.immutable, "for immutable tags"));
  if (retention.rules.length > 0) {
    const only = retention.isDryRun ? ", of which the log only tells what they would do" : "";
    facts.push(`${rulesOf(retention.rules, "for retention")}${only}`);
  }
  facts.push(garbage.isEnabled ? "collects garbage while serving" : "collects no garbage");
}

function rulesOf({ length }: readonly unknown[], what: string): string {
  return `${length} ${length === 1 ? "rule" : "rules"} ${what}`;
}

/** Two that claim the same names would only be found out at the start. */
async function checkMirrors({ upstreams }: ServerConfig): Promise<void> {
  const meta = openSqliteMeta(":memory:");
  await createPullThrough(upstreams, { blobs: openMemoryBlobs(), meta }).close();
  await meta.close();
}

async function checkAudit({ logs }: ServerConfig, facts: string[]): Promise<void> {
  if (logs.auditPath === undefined) return;
  if (logs.auditPath !== "-") await writable(logs.auditPath, { levels: 1 });
  facts.push(`writes an audit log to ${logs.auditPath === "-" ? "standard error" : logs.auditPath}`);
}

/** The path itself, or a directory above it: how far above is made at the start. */
async function writable(path: string, { levels }: { levels: number }): Promise<void> {
  let place = path;
  for (let level = 0; ; level++, place = dirname(place)) {
    try {
      await accessFile(place, constants.W_OK);
      if (place !== path && !(await stat(place)).isDirectory()) throw new Error("it is not a directory");
      return;
    } catch (error) {
      if (errnoOf(error) === "ENOENT" && level < levels && dirname(place) !== place) continue;
      throw new KasaneError("io", `cannot write ${path}: ${place}: ${messageOf(error)}`, { cause: error });
    }
  }
}

async function readable(path: string): Promise<void> {
  try {
    await readFile(path);
  } catch (error) {
    throw new KasaneError("io", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
