import type { CredentialSource } from "../../distribution/mod.ts";
import { errnoOf, KasaneError } from "../../lib/mod.ts";
import type { UpstreamConfig } from "../upstream-config.ts";

const passwordLimitBytes = 64 * 1024;

/** The upstream's own credentials; undefined: anonymous. What clients send is never passed on. */
export function upstreamCredentials(config: UpstreamConfig): CredentialSource | undefined {
  const { username, password, passwordPath } = config;
  if (username === undefined) return undefined;
  return {
    isChanging: passwordPath !== undefined,
    async find() {
      const secret = passwordPath === undefined ? (password ?? "") : await readPassword(config, passwordPath);
      return { kind: "password", username, password: secret };
    },
  };
}

/** The file without the line break that editors put at its end. @throws KasaneError `io` */
async function readPassword({ name }: UpstreamConfig, path: string): Promise<string> {
  try {
    const text = await Bun.file(path).slice(0, passwordLimitBytes).text();
    return text.replace(/\r?\n$/, "");
  } catch (error) {
    throw new KasaneError(
      "io",
      `cannot read the password file of the upstream ${name}: ${path}: ${errnoOf(error) ?? "unreadable"}`,
      { cause: error },
    );
  }
}
