import { messageOf } from "../../lib/mod.ts";
import type { TlsConfig } from "../config/server-config.ts";
import type { ServerTls } from "../http/listener.ts";
import { certificateTimeWarning, fingerprintOf, readCertificateFiles } from "./certificate-files.ts";

export interface CertificateWatch {
  /** Looks now. */
  look(): void;
  stop(): void;
}

const defaultPollMs = 2_000;

/**
 * Looks every two seconds whether the files of a TLS configuration are others than before, and hands them on when they are good. By
 * looking and not by inotify: certificates are replaced by moving files, by pointing links elsewhere, and over network file systems.
 */
export function watchCertificate(
  config: TlsConfig,
  options: {
    /** May throw: then the files count as bad. */
    readonly onChange: (tls: ServerTls) => void;
    readonly onWarning: (message: string) => void;
    readonly pollMs?: number;
  },
): CertificateWatch {
  let used = fingerprintOf(config);
  let seen = used;
  let warned = "";
  const look = () => {
    const now = fingerprintOf(config);
    // Two files do not change in one moment: what is seen twice is what was meant.
    if (now === used || now !== seen) {
      seen = now;
      return;
    }
    try {
      const { tls, certificate } = readCertificateFiles(config);
      options.onChange(tls);
      used = now;
      const warning = certificateTimeWarning(certificate);
      if (warning) options.onWarning(warning);
    } catch (error) {
      if (warned !== now) options.onWarning(`the former TLS certificate stays in use: ${messageOf(error)}`);
      warned = now;
    }
  };
  const timer = setInterval(look, options.pollMs ?? defaultPollMs);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}
