import { KasaneError } from "../lib/mod.ts";
import type { Healthcheck, RuntimeConfig } from "../oci/mod.ts";
import { mergeHealthcheck } from "./health/health.ts";

/** What a caller of `run` may say differently from the image. */
export interface ProcessOverrides {
  /** What follows the image's name. Empty or absent: the image's Cmd. */
  readonly command?: readonly string[];
  /** Replaces the image's Entrypoint and drops its Cmd; empty: none. */
  readonly entrypoint?: readonly string[];
  /** `NAME=value`; a later one wins over an earlier one and the image's. */
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What it leaves open is the image's. */
  readonly healthcheck?: Healthcheck;
  readonly domainname?: string;
}

/** The image's configuration with a container's own, by Docker's rules. */
export function mergeConfig(image: RuntimeConfig, overrides: ProcessOverrides): RuntimeConfig {
  const { command = [], entrypoint, env = [], workdir, user, labels, healthcheck, domainname } = overrides;
  const merged: RuntimeConfig = { ...image, Env: mergeEnv(image.Env ?? [], env) };
  if (entrypoint !== undefined) {
    merged.Entrypoint = entrypoint.length > 0 ? [...entrypoint] : null;
    merged.Cmd = null;
  }
  if (command.length > 0) merged.Cmd = [...command];
  if (workdir !== undefined) merged.WorkingDir = workdir;
  if (user !== undefined) merged.User = user;
  if (healthcheck !== undefined) merged.Healthcheck = mergeHealthcheck(image.Healthcheck, healthcheck);
  if (domainname !== undefined) merged.Domainname = domainname;
  if (labels !== undefined && Object.keys(labels).length > 0) merged.Labels = { ...image.Labels, ...labels };
  return merged;
}

/**
 * The whole command line of a configuration.
 * @throws KasaneError `usage` (exit code 125) when there is none
 */
export function commandLine({ Entrypoint, Cmd }: RuntimeConfig, image: string): string[] {
  const argv = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  if (argv.length > 0) return argv;
  throw new KasaneError("usage", `no command specified: the image ${image} has neither CMD nor ENTRYPOINT`, {
    hint: "write the command after the image's name",
    data: { exitCode: 125 },
  });
}

/** Entries of `later` in place of those of `earlier` with the same name, new ones after them. */
export function mergeEnv(earlier: readonly string[], later: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of [...earlier, ...later]) merged.set(nameOf(entry), entry);
  return [...merged.values()];
}

function nameOf(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

/**
 * What `-e NAME=value` and `-e NAME` (the caller's own value, nothing where there is none) come to.
 * @throws KasaneError `usage`
 */
export function parseEnv(
  entries: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return entries.flatMap((entry) => {
    if (entry === "" || entry.startsWith("=")) {
      throw new KasaneError("usage", `invalid environment variable: ${JSON.stringify(entry)}`);
    }
    if (entry.includes("=")) return [entry];
    const value = environment[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}

/**
 * The entries of a file for `--env-file`: one on each line as for `-e`; empty lines and those with `#` at the start are left out; nothing is
 * unquoted or expanded.
 * @throws KasaneError `usage` naming file and line
 */
export function parseEnvFile(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  file: string,
): string[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const entry = line.trimStart();
    if (entry === "" || entry.startsWith("#")) return [];
    const name = nameOf(entry);
    if (/\s/.test(name) || name === "") {
      throw new KasaneError(
        "usage",
        `${file}, line ${index + 1}: invalid variable name ${JSON.stringify(name)}`,
      );
    }
    return parseEnv([entry], environment);
  });
}
