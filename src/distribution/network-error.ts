import { isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";

/** Failures that will be the same next time. */
const lasting =
  /^(ENOTFOUND|EPROTO|UNABLE_|DEPTH_|SELF_|CERT_|ERR_TLS_|ERR_SSL_|UNKNOWN_CERTIFICATE|INVALID_)/;
const certificate = /^(UNABLE_|DEPTH_|SELF_|CERT_|ERR_TLS_|UNKNOWN_CERTIFICATE|INVALID_CA|INVALID_PURPOSE)/;

const wording: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed",
  ENOTFOUND: "no such host",
  EPROTO: "the server does not speak TLS",
  ETIMEDOUT: "no answer in time",
};

/** Whether what failed may work the next time: a connection that broke, a server that said "not now". */
export function isPassingError(error: unknown): error is KasaneError {
  return isKasaneError(error) && error.data.passing === true;
}

/**
 * What fetch threw, as a KasaneError `network` that names the host and nothing of the URL: a URL may carry a signature or a
 * token. A KasaneError stays what it is.
 */
export function networkError(error: unknown, action: string, host: string): KasaneError {
  if (error instanceof KasaneError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const name = typeof code === "string" ? code : "";
  const hint = hintFor(name, host);
  const reason = reasonOf(error, name);
  return new KasaneError("network", `${action}: cannot talk to ${host}: ${wording[name] ?? reason}`, {
    // Not the error itself: it carries the URL.
    cause: new Error(name === "" ? reason : `${name}: ${reason}`),
    data: { host, passing: !lasting.test(name), ...(name === "" ? {} : { errno: name }) },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Bun's own words without its advice for programmers and without URLs. */
function reasonOf(error: unknown, name: string): string {
  const text = messageOf(error)
    .replace(/\bhttps?:\/\/\S+/g, "the server")
    .replace(/ For more information, pass .*$/, "")
    .replace(/\.$/, "");
  return name !== "" && text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
}

function hintFor(name: string, host: string): string | undefined {
  if (certificate.test(name)) {
    return `put the authority's certificate at /etc/containers/certs.d/${host}/ca.crt, or pass --tls-verify=false to accept any certificate`;
  }
  if (name === "EPROTO") return "pass --tls-verify=false for a registry that speaks plain HTTP";
  if (name === "ENOTFOUND") return "check the spelling of the registry's host";
  return undefined;
}
