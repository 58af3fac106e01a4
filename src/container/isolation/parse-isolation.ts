import { existsSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import type { Device, Isolation } from "../../sandbox/mod.ts";
import { wrongLimit } from "./parse-limits.ts";

/** `/dev/fuse`, `/dev/sda:/dev/xvda`, `/dev/sda:/dev/xvda:r`, `/dev/sda:r`. @throws KasaneError `usage` */
export function parseDevice(text: string): Device {
  const [source = "", second, third, ...rest] = text.split(":");
  const isPermissions = (word: string | undefined) =>
    word !== undefined && /^(?!.*(.).*\1)[rwm]+$/.test(word);
  const invalid = (why: string) =>
    wrongLimit(
      `bad format for device ${JSON.stringify(text)}: ${why}`,
      "write DEVICE, DEVICE:PATH or DEVICE:PATH:rwm",
    );
  if (rest.length > 0) throw invalid("there are too many parts");
  if (!isAbsolute(source)) throw invalid(`${JSON.stringify(source)} is not an absolute path`);
  if (third === undefined && isPermissions(second)) return { source, target: source, permissions: second! };
  const target = second ?? source;
  if (!isAbsolute(target)) throw invalid(`${JSON.stringify(target)} is not an absolute path`);
  if (third !== undefined && !isPermissions(third)) throw invalid(`invalid device mode: ${third}`);
  return { source, target, permissions: third ?? "rwm" };
}

type SecurityOptions = Pick<
  Isolation,
  "securityOpt" | "seccompProfile" | "noNewPrivileges" | "appArmorProfile" | "isUnmasked"
>;

/**
 * What `--security-opt` says. A profile's file is read now: the container keeps its text.
 * @throws KasaneError `usage`
 */
export function parseSecurityOptions(
  texts: readonly string[],
  onWarning: (message: string) => void,
): SecurityOptions {
  const options: { -readonly [Key in keyof SecurityOptions]: SecurityOptions[Key] } = {};
  if (texts.length === 0) return options;
  options.securityOpt = texts.map((text) => {
    const [name, value] = splitOption(text);
    if (name === "no-new-privileges") {
      if (value !== undefined && !/^(true|false|1|0)$/i.test(value)) throw invalidOption(text);
      options.noNewPrivileges = value === undefined || /^(true|1)$/i.test(value);
    } else if (value === undefined || value === "") throw invalidOption(text);
    else if (name === "seccomp") {
      options.seccompProfile = value === "unconfined" ? value : readProfile(value);
      return value === "unconfined" ? text : `seccomp=${options.seccompProfile}`;
    } else if (name === "systempaths") {
      if (value !== "unconfined") throw invalidOption(text);
      options.isUnmasked = true;
    } else if (name === "apparmor") {
      if (value !== "unconfined") options.appArmorProfile = appArmorProfile(value);
    } else if (name === "label") {
      if (value !== "disable" && existsSync("/sys/fs/selinux/enforce"))
        onWarning(`SELinux labels are not set: --security-opt ${text} has no effect`);
    } else throw invalidOption(text);
    return text;
  });
  return options;
}

/** Docker takes a colon as well. */
function splitOption(text: string): [name: string, value: string | undefined] {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalidOption(text: string) {
  return wrongLimit(
    `invalid --security-opt: ${JSON.stringify(text)}`,
    "one of seccomp=FILE, seccomp=unconfined, no-new-privileges, systempaths=unconfined, apparmor=PROFILE, label=disable",
  );
}

function readProfile(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    JSON.parse(text);
    return text;
  } catch (error) {
    const why = errnoOf(error) === "ENOENT" ? "no such file or directory" : (error as Error).message;
    throw wrongLimit(
      `opening seccomp profile (${file}) failed: ${why}`,
      "it has to be a seccomp profile in JSON, as docker and podman read them",
    );
  }
}

function appArmorProfile(name: string): string {
  const isEnabled = /^Y/.test(tryRead("/sys/module/apparmor/parameters/enabled"));
  if (isEnabled) return name;
  throw wrongLimit(
    `cannot use the AppArmor profile ${name}: AppArmor is not enabled on this machine`,
    "leave --security-opt apparmor=… away",
  );
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
