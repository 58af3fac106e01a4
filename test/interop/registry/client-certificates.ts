import { join } from "node:path";
import { runOk } from "../../outside.ts";
import { peer } from "../peers.ts";

/** An authority, and files of certificates by it. */
export interface ClientAuthority {
  readonly authority: string;
  /** Signs a certificate. */
  issue(options: CertificateOptions): Promise<CertificateFiles>;
  /** Signs one with another certificate's key. */
  issueBy(issuer: CertificateFiles, options: CertificateOptions): Promise<CertificateFiles>;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** Absent: for localhost and 127.0.0.1. */
  readonly extensions?: readonly string[];
  /** Negative: it has ended already. */
  readonly days?: number;
}

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
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
  const issueBy: ClientAuthority["issueBy"] = async (issuer, options) => {
    const { commonName, extensions = ["subjectAltName=DNS:localhost,IP:127.0.0.1"], days = 2 } = options;
    const number = count++;
    const file = (ending: string) => at(`${number}.${ending}`);
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
        issuer.certificate,
        "-CAkey",
        issuer.key,
        "-CAcreateserial",
      ],
      ...["-out", file("crt"), "-days", String(days), "-extfile", file("ext")],
    );
    return { certificate: file("crt"), key: file("key") };
  };
  return {
    authority: at("ca.crt"),
    issue: (options) => issueBy({ certificate: at("ca.crt"), key: at("ca.key") }, options),
    issueBy,
  };
}
