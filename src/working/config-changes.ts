import type { WorkingContainer } from "../container/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { HistoryEntry, RuntimeConfig } from "../oci/mod.ts";
import { changeHealthcheck, type HealthcheckChanges, hasHealthcheck } from "./healthcheck-changes.ts";
import { jsonList, shellWords } from "./shell-words.ts";

type Settings = WorkingContainer["settings"];

/** What `config` is told; absent: stays as it is. In lists, a name with `-` at its end takes something away. */
export interface ConfigChanges extends HealthcheckChanges {
  readonly annotation?: readonly string[];
  readonly arch?: string;
  readonly author?: string;
  readonly cmd?: string;
  readonly comment?: string;
  readonly createdBy?: string;
  readonly domainname?: string;
  readonly entrypoint?: string;
  readonly env?: readonly string[];
  readonly historyComment?: string;
  readonly hostname?: string;
  readonly label?: readonly string[];
  readonly onbuild?: readonly string[];
  readonly os?: string;
  readonly osFeature?: readonly string[];
  readonly osVersion?: string;
  readonly port?: readonly string[];
  readonly shell?: string;
  readonly stopSignal?: string;
  readonly user?: string;
  readonly variant?: string;
  readonly volume?: readonly string[];
  readonly workingdir?: string;
}

export interface ConfigOptions {
  /** Of whoever calls: for `--env NAME`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A history entry for each change: when it was made, RFC 3339. */
  readonly addHistory?: string;
  readonly onWarning: (message: string) => void;
}

/**
 * A working container's settings after `config`, by buildah's rules: nothing is checked that an image may hold.
 * @throws KasaneError `usage`
 */
export function changeSettings(
  settings: Settings,
  changes: ConfigChanges,
  { environment, addHistory, onWarning }: ConfigOptions,
): Settings {
  const config: RuntimeConfig = { ...settings.config };
  const working = { ...settings.working, annotations: { ...settings.working.annotations } };
  const platform = { ...working.platform };
  const history: HistoryEntry[] = [...working.history];
  const note = (text: string) => {
    if (addHistory !== undefined)
      history.push({ created: addHistory, created_by: `/bin/sh -c #(nop) ${text}`, empty_layer: true });
  };
  if (changes.author !== undefined) working.author = changes.author;
  if (changes.createdBy !== undefined) working.createdBy = changes.createdBy;
  if (changes.arch !== undefined) platform.architecture = changes.arch;
  if (changes.variant !== undefined) platform.variant = changes.variant;
  if (changes.os !== undefined) platform.os = changes.os;
  if (changes.osVersion !== undefined) platform["os.version"] = changes.osVersion;
  if (changes.osFeature !== undefined)
    platform["os.features"] = changeList(platform["os.features"] ?? [], changes.osFeature);
  if (changes.user !== undefined) {
    config.User = changes.user;
    note(`USER ${changes.user}`);
  }
  if (changes.shell !== undefined) {
    config.Shell = wordsOf(changes.shell);
    note(`SHELL ${changes.shell}`);
  }
  if (changes.stopSignal !== undefined) {
    config.StopSignal = changes.stopSignal;
    note(`STOPSIGNAL ${changes.stopSignal}`);
  }
  if (changes.port !== undefined) {
    config.ExposedPorts = changeSet(config.ExposedPorts, changes.port);
    note(`EXPOSE ${changes.port.join(" ")}`);
  }
  if (changes.env !== undefined) {
    config.Env = changeEnv(config.Env ?? [], changes.env, environment, onWarning);
    note(`ENV ${changes.env.join(" ")}`);
  }
  if (changes.entrypoint !== undefined) {
    config.Entrypoint = entrypointOf(changes.entrypoint);
    note(`ENTRYPOINT ${changes.entrypoint}`);
  }
  if (changes.cmd !== undefined) {
    config.Cmd = wordsOf(changes.cmd);
    note(`CMD ${changes.cmd}`);
  } else if (changes.entrypoint !== undefined) warnOfCommand(config, changes.entrypoint, onWarning);
  for (const volume of changes.volume ?? []) {
    config.Volumes = changeSet(config.Volumes ?? {}, [volume]);
    note(`VOLUME ${volume}`);
  }
  if (hasHealthcheck(changes)) {
    const { healthcheck, text } = changeHealthcheck(config.Healthcheck, changes);
    if (healthcheck === undefined) delete config.Healthcheck;
    else config.Healthcheck = healthcheck;
    note(text);
  }
  if (changes.label !== undefined) {
    config.Labels = changePairs(config.Labels ?? {}, changes.label);
    note(`LABEL ${changes.label.join(" ")}`);
  }
  if (changes.workingdir !== undefined) {
    config.WorkingDir = changes.workingdir;
    note(`WORKDIR ${changes.workingdir}`);
  }
  if (changes.comment !== undefined) working.comment = changes.comment;
  if (changes.historyComment !== undefined) working.historyComment = changes.historyComment;
  if (changes.domainname !== undefined) working.domainname = changes.domainname;
  if (changes.hostname !== undefined) working.hostname = changes.hostname;
  for (const trigger of changes.onbuild ?? []) {
    config.OnBuild = [...(config.OnBuild ?? []), trigger];
    note(`ONBUILD ${trigger}`);
  }
  if (changes.annotation !== undefined)
    working.annotations = changePairs(working.annotations, changes.annotation);
  return { ...settings, config, working: { ...working, platform, history } };
}

function wordsOf(text: string): string[] {
  return jsonList(text) ?? shellWords(text);
}

/** Not a list: a text for the shell. */
function entrypointOf(text: string): string[] | null {
  if (text.trim() === "") return null;
  return jsonList(text) ?? ["/bin/sh", "-c", text];
}

function warnOfCommand(
  config: RuntimeConfig,
  entrypoint: string,
  onWarning: (message: string) => void,
): void {
  const command = (config.Cmd ?? []).join(" ");
  if (command === "" || entrypoint.trim() === "") return;
  onWarning(
    jsonList(entrypoint)
      ? `the command ${JSON.stringify(command)} stays, and is given to the new entrypoint as arguments`
      : `the command ${JSON.stringify(command)} stays, but an entrypoint of the shell's form does not look at it`,
  );
}

/** `$NAME` in a value is the container's own variable. Whatever is set goes to the end. */
function changeEnv(
  env: readonly string[],
  changes: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  onWarning: (message: string) => void,
): string[] {
  let current = [...env];
  const without = (name: string) => current.filter((entry) => !entry.startsWith(`${name}=`));
  for (const change of changes) {
    const equals = change.indexOf("=");
    const name = equals < 0 ? change : change.slice(0, equals);
    if (equals < 0 && change.endsWith("-")) {
      current = without(change.slice(0, -1));
      continue;
    }
    const value = equals < 0 ? environment[name] : expand(change.slice(equals + 1), current, onWarning);
    if (value === undefined || name === "") {
      throw new KasaneError(
        "usage",
        `cannot set the environment variable ${JSON.stringify(change)}: it has no ${name === "" ? "name" : "value"}`,
        {
          hint: "write NAME=VALUE, NAME for the value it has here, or NAME- to take it away",
          data: { exitCode: 125 },
        },
      );
    }
    current = [...without(name), `${name}=${value}`];
  }
  return current;
}

function expand(value: string, env: readonly string[], onWarning: (message: string) => void): string {
  return value.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    const name = (braced ?? plain)!;
    const entry = env.find((each) => each.startsWith(`${name}=`));
    if (entry !== undefined) return entry.slice(name.length + 1);
    onWarning(
      `the container has no environment variable ${name}: ${JSON.stringify(value)} gets its name instead`,
    );
    return name;
  });
}

function changePairs(
  pairs: Readonly<Record<string, string>>,
  changes: readonly string[],
): Record<string, string> {
  const changed = { ...pairs };
  for (const change of changes) {
    const equals = change.indexOf("=");
    if (equals >= 0) changed[change.slice(0, equals)] = change.slice(equals + 1);
    else if (change.endsWith("-")) delete changed[change.slice(0, -1)];
    else changed[change] = "";
  }
  return changed;
}

function changeSet(
  set: Readonly<Record<string, Record<string, never>>> | undefined,
  changes: readonly string[],
): Record<string, Record<string, never>> {
  return Object.fromEntries(changeList(Object.keys(set ?? {}), changes).map((name) => [name, {}]));
}

function changeList(list: readonly string[], changes: readonly string[]): string[] {
  const names = new Set(list);
  for (const change of changes) {
    if (change.endsWith("-")) names.delete(change.slice(0, -1));
    else names.add(change);
  }
  return [...names];
}
