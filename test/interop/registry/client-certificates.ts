import { join } from "node:path";
import { runOk } from "../../outside.ts";
import { peer } from "../peers.ts";

/** An authority, and files of certificates by it. */
export interface ClientAuthority {
  readonly authority: string;
  /** Signs a certificate; paths of its PEM files. Without `extensions`: for localhost and 127.0.0.1. */
  issue(options: {
    commonName: string;
    extensions?: readonly string[];
    /** Negative: it has ended already. */
    days?: number;
  }): Promise<{ certificate: string; key: string }>;
}

/** Makes one with openssl below `directory`, which must be there and may be shared by several of different `name`. */
export async function makeClientAuthority(directory: string, name: string): Promise<ClientAuthority> {
  const at = (file: string) => join(directory, `${name}-${file}`);
  const openssl = (...args: string[]) => runOk([peer("openssl"), ...args]);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.crt"), "-days", "2"],
    ...["-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  let count = 0;
  return {
    authority: at("ca.crt"),
    async issue({ commonName, extensions = ["subjectAltName=DNS:localhost,IP:127.0.0.1"], days = 2 }) {
      const file = (ending: string) => at(`${count}.${ending}`);
      count++;
      const subject = ["-subj", commonName === "" ? "/O=nameless" : `/CN=${commonName}`];
      await openssl("req", "-new", ...newKey, "-keyout", file("key"), "-out", file("csr"), ...subject);
      await Bun.write(file("ext"), `${extensions.join("\n")}\n`);
      await openssl(
        ...[
          "x509",
          "-req",
          "-in",
          file("csr"),
          "-CA",
          at("ca.crt"),
          "-CAkey",
          at("ca.key"),
          "-CAcreateserial",
        ],
        ...["-out", file("crt"), "-days", String(days), "-extfile", file("ext")],
      );
      return { certificate: file("crt"), key: file("key") };
    },
  };
}
