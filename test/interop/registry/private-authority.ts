import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runOk } from "../../outside.ts";
import { peer } from "../peers.ts";

/** PEM files of an authority nobody else knows and of a server certificate by it for localhost and 127.0.0.1. */
export interface PrivateAuthority {
  /** A directory with nothing in it but the authority, as `--cert-dir` wants it. */
  readonly trust: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes one with openssl; the keys live as long as the directory. */
export async function makePrivateAuthority(directory: string): Promise<PrivateAuthority> {
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => runOk([peer("openssl"), ...args]);
  await mkdir(at("trust"));
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", at("authority.key"), "-out", at("trust/ca.crt"), "-days", "2"],
    ...["-subj", "/CN=Test authority", "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  await openssl(
    "req",
    "-new",
    ...newKey,
    "-keyout",
    at("server.key"),
    "-out",
    at("server.csr"),
    "-subj",
    "/CN=localhost",
  );
  await Bun.write(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  await openssl(
    ...["x509", "-req", "-in", at("server.csr"), "-CA", at("trust/ca.crt"), "-CAkey", at("authority.key")],
    ...["-CAcreateserial", "-out", at("server.crt"), "-days", "2", "-extfile", at("names")],
  );
  return {
    trust: at("trust"),
    authority: at("trust/ca.crt"),
    certificate: at("server.crt"),
    key: at("server.key"),
  };
}
