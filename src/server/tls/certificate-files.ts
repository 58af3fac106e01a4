import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import type { TlsConfig } from "../config/server-config.ts";
import type { ServerTls } from "../http/listener.ts";

export interface CertificateFiles {
  readonly tls: ServerTls;
  /** The server's own certificate. */
  readonly certificate: X509Certificate;
}

/** Longer than any chain of certificates. */
const limitBytes = 1024 * 1024;

/**
 * Reads the files of a TLS configuration and looks whether they belong together.
 * @throws KasaneError `usage` naming the file
 */
export function readCertificateFiles(config: TlsConfig): CertificateFiles {
  const { certificatePath, keyPath, clientCaPaths, clientAuth, minimumVersion } = config;
  const [certificateText, keyText] = [readPem(certificatePath), readPem(keyPath)];
  const certificate = parse(certificatePath, "certificate", () => new X509Certificate(certificateText));
  const key = parse(keyPath, "private key", () => createPrivateKey(keyText));
  if (!certificate.checkPrivateKey(key)) {
    throw new KasaneError(
      "usage",
      `the key ${keyPath} does not belong to the certificate ${certificatePath}`,
      {
        hint: "the server's own certificate comes first in its file, before those that vouch for it",
      },
    );
  }
  const authorities = clientCaPaths.map((path) => {
    const text = readPem(path);
    parse(path, "certificate", () => new X509Certificate(text));
    return text;
  });
  return {
    certificate,
    tls: {
      certificate: certificateText,
      key: keyText,
      minimumVersion,
      ...(authorities.length > 0 ? { clients: { authorities, auth: clientAuth } } : {}),
    },
  };
}

/** What is wrong with a certificate's time, in one sentence; undefined where nothing is. */
export function certificateTimeWarning(certificate: X509Certificate, nowMs = Date.now()): string | undefined {
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const dayMs = 24 * 60 * 60_000;
  if (nowMs < fromMs) return `the TLS certificate is not valid before ${new Date(fromMs).toISOString()}`;
  if (nowMs >= toMs) return `the TLS certificate has expired on ${new Date(toMs).toISOString()}`;
  const days = Math.floor((toMs - nowMs) / dayMs);
  // Certificates that live for days are renewed by a program at the last third or so: no news.
  if (days >= 14 || toMs - fromMs < 30 * dayMs) return undefined;
  return `the TLS certificate expires on ${new Date(toMs).toISOString()}`;
}

/** Changes whenever one of the files does, also where a link is pointed elsewhere. Files that cannot be looked at count as well. */
export function fingerprintOf({ certificatePath, keyPath, clientCaPaths }: TlsConfig): string {
  return [certificatePath, keyPath, ...clientCaPaths]
    .map((path) => {
      try {
        const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
        return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
      } catch {
        return "-";
      }
    })
    .join(" ");
}

function readPem(path: string): string {
  try {
    if (statSync(path).size > limitBytes) throw new Error(`larger than ${limitBytes} bytes`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new KasaneError("usage", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function parse<T>(path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isKasaneError(error)) throw error;
    throw new KasaneError("usage", `${path} holds no ${what} in PEM: ${messageOf(error)}`, { cause: error });
  }
}
