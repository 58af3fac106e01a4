import { join } from "node:path";
import { startServe } from "../real/serve.ts";
import { makePrivateAuthority } from "./private-authority.ts";

/** A way to run Kasane's registry, with what a client must know of it. */
export interface RegistrySetting {
  readonly name: string;
  /** What has to be installed for it. */
  readonly programs?: readonly string[];
  /** Starts it with everything it keeps below `directory`. */
  start(directory: string): Promise<RunningRegistry>;
}

export interface RunningRegistry extends AsyncDisposable {
  /** `127.0.0.1:5000`. With `authority`, it is spoken to over TLS. */
  readonly host: string;
  /** Of somebody who may do everything. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** A PEM file: who signed the server's certificate. */
  readonly authority?: string;
}

/** Every client is met in each of them. */
export const settings: readonly RegistrySetting[] = [
  {
    name: "plain HTTP",
    async start(directory) {
      const served = await startServe(join(directory, "store"));
      return {
        host: served.address,
        [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "TLS with a private authority",
    programs: ["openssl"],
    async start(directory) {
      const { authority, certificate, key } = await makePrivateAuthority(directory);
      const args = ["--tls-cert", certificate, "--tls-key", key];
      const served = await startServe(join(directory, "store"), { args });
      return {
        host: served.address,
        authority,
        [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
      };
    },
  },
];
