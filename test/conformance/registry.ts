import { createHash, randomBytes } from "node:crypto";

/** A registry somewhere, spoken to in plain HTTP. The suite knows the specification and imports nothing of the code that it tests. */
export interface Registry {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  /** What every request carries, such as credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of the authority that signed the registry's certificate. */
  readonly authority?: string;
}

export interface Answer {
  readonly request: string;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string;

/** A client that takes every manifest there is, and says so, since not every registry serves what was not asked for. */
const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "*/*",
].join(", ");

/** One request to a path, or to a location that the registry gave. Redirects are followed, as clients do. */
export async function send(
  registry: Registry,
  method: string,
  location: string,
  options: { headers?: Record<string, string>; body?: Body } = {},
): Promise<Answer> {
  const url = new URL(location, registry.url);
  const response = await fetch(url, {
    method,
    headers: { accept, ...registry.headers, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
    ...(registry.authority === undefined ? {} : { tls: { ca: registry.authority } }),
  });
  return {
    request: `${method} ${url.pathname}${url.search}`,
    status: response.status,
    headers: response.headers,
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

/** The answer, if it has one of the statuses. */
export function must(answer: Answer, ...statuses: number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  const said = textOf(answer).slice(0, 300);
  throw new Error(
    `${answer.request} was answered ${answer.status} instead of ${statuses.join(" or ")}: ${said}`,
  );
}

export function header(answer: Answer, name: string): string {
  const value = answer.headers.get(name);
  if (value === null) throw new Error(`${answer.request} was answered without ${name}`);
  return value;
}

export function textOf(answer: Answer): string {
  return new TextDecoder().decode(answer.bytes);
}

export function jsonOf<T>(answer: Answer): T {
  return JSON.parse(textOf(answer)) as T;
}

/** The target of `Link: <…>; rel="next"`. */
export function nextOf(answer: Answer): string | undefined {
  const link = answer.headers.get("link");
  if (link === null) return undefined;
  const target = /^<([^>]+)>\s*;.*\brel="?next"?/.exec(link)?.[1];
  if (target === undefined)
    throw new Error(`${answer.request} was answered with an unreadable Link: ${link}`);
  return target;
}

/** The codes of an error body. @throws when the body is not of the specified form */
export function errorCodes(answer: Answer): string[] {
  const { errors } = jsonOf<{ errors: { code: string }[] }>(answer);
  if (!Array.isArray(errors) || errors.some(({ code }) => !/^[A-Z_]+$/.test(code)))
    throw new Error(`${answer.request} was answered with another form of error: ${textOf(answer)}`);
  return errors.map(({ code }) => code);
}

export type Algorithm = "sha256" | "sha512";
export const algorithms: readonly Algorithm[] = ["sha256", "sha512"];

export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** Bytes that no other check has, so that none is answered from what another one left. */
export function freshBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** A name that no other check uses, also in a registry that is kept. */
export function freshRepository(): string {
  return `conformance/${randomBytes(8).toString("hex")}`;
}

export function sameBytes(answer: Answer, expected: Uint8Array): void {
  if (!Buffer.from(answer.bytes).equals(expected))
    throw new Error(
      `${answer.request} was answered with ${answer.bytes.length} bytes that differ from the ${expected.length} expected`,
    );
}

/** A location with one more parameter; the ones it has are kept as they are. */
export function withParameter(location: string, name: string, value: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
}
