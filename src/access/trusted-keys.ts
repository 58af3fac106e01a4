import { createHash, type KeyObject, type X509Certificate } from "node:crypto";
import { createLocalJWKSet, importJWK, type JSONWebKeySet, type JWK, type JWTHeaderParameters } from "jose";
import { KasaneError, messageOf } from "../lib/mod.ts";
import type { TokenVerifierConfig } from "./access-config.ts";
import { parseCertificates, verifyChain } from "./certificate-chain.ts";
import type { Source } from "./source.ts";
import { WatchedFile } from "./watched-file.ts";

const limitFileBytes = 4 * 1024 * 1024;

interface RootCertificates {
  readonly roots: readonly X509Certificate[];
  /** By the names that signers give keys: libtrust's and RFC 7638's. */
  readonly byKeyId: ReadonlyMap<string, KeyObject>;
}

/** The keys of a token service: certificates that chains end in or whose keys sign themselves, and a JWK set. */
export class TrustedKeys implements Source {
  readonly #certificates: WatchedFile<RootCertificates> | undefined;
  readonly #jwks: WatchedFile<ReturnType<typeof createLocalJWKSet>> | undefined;
  readonly #now: () => number;

  /** @throws KasaneError `io`, `usage` */
  constructor(
    { rootCertificatesPath, jwksPath }: TokenVerifierConfig,
    { onWarning, now }: { onWarning: (message: string) => void; now: () => number },
  ) {
    this.#now = now;
    const shared = { limitBytes: limitFileBytes, onWarning, now };
    this.#certificates =
      rootCertificatesPath === undefined
        ? undefined
        : new WatchedFile({
            ...shared,
            path: rootCertificatesPath,
            what: "the token service's certificates",
            parse: (text) => readRoots(text, rootCertificatesPath),
          });
    this.#jwks =
      jwksPath === undefined
        ? undefined
        : new WatchedFile({
            ...shared,
            path: jwksPath,
            what: "the token service's keys",
            parse: (text) => readKeySet(text, jwksPath),
          });
    if (this.#certificates === undefined && this.#jwks === undefined) {
      throw new KasaneError("usage", "tokens of another service cannot be verified without its keys", {
        hint: "set rootcertbundle or jwks",
      });
    }
  }

  get version(): number {
    return (this.#certificates?.version ?? 0) + (this.#jwks?.version ?? 0);
  }

  refresh(nowMs: number): undefined {
    this.#certificates?.refresh(nowMs);
    this.#jwks?.refresh(nowMs);
  }

  /**
   * The key for a token. What the header says only chooses among trusted keys: no key, address or path in it is followed.
   * `alg` has been found to be an allowed one.
   */
  async find(header: JWTHeaderParameters): Promise<CryptoKey | Uint8Array | undefined> {
    const certified = this.#certificates && certifiedKey(this.#certificates.value, header, this.#now());
    if (certified !== undefined) return await imported(certified, header.alg);
    try {
      return await this.#jwks?.value(header);
    } catch {
      return undefined;
    }
  }
}

function certifiedKey(
  { roots, byKeyId }: RootCertificates,
  header: JWTHeaderParameters,
  nowMs: number,
): KeyObject | undefined {
  if (header.x5c !== undefined) return verifyChain(header.x5c, { roots, nowMs })?.publicKey;
  if (header.kid !== undefined) return byKeyId.get(header.kid);
  return roots.length === 1 ? roots[0]!.publicKey : undefined;
}

async function imported(key: KeyObject, algorithm: string): Promise<CryptoKey | Uint8Array | undefined> {
  try {
    return await importJWK(key.export({ format: "jwk" }) as JWK, algorithm);
  } catch {
    // A key of another kind than the algorithm's.
    return undefined;
  }
}

function readRoots(pem: string, path: string): RootCertificates {
  const roots = parseCertificates(pem, path);
  const byKeyId = new Map(roots.flatMap(({ publicKey }) => keyIds(publicKey).map((id) => [id, publicKey])));
  return { roots, byKeyId };
}

function keyIds(key: KeyObject): string[] {
  const digest = createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest();
  return [libtrustId(digest), thumbprint(key.export({ format: "jwk" }) as JWK)];
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What distribution's token services call a key: 240 bits of the hash, in twelve groups of four. */
function libtrustId(digest: Uint8Array): string {
  let bits = 0n;
  for (const byte of digest.subarray(0, 30)) bits = (bits << 8n) | BigInt(byte);
  const text = Array.from({ length: 48 }, (_, at) => base32[Number((bits >> BigInt(235 - 5 * at)) & 31n)]);
  return text.join("").match(/.{4}/g)!.join(":");
}

/** RFC 7638: the members that make the key, in order. */
function thumbprint({ kty, crv, x, y, e, n }: JWK): string {
  const members = kty === "RSA" ? { e, kty, n } : kty === "OKP" ? { crv, kty, x } : { crv, kty, x, y };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

function readKeySet(text: string, path: string): ReturnType<typeof createLocalJWKSet> {
  const fail = (reason: string, cause?: unknown) =>
    new KasaneError("usage", `cannot use ${path}: ${reason}`, { cause });
  let set: Partial<JSONWebKeySet>;
  try {
    set = JSON.parse(text);
  } catch (error) {
    throw fail("it is not JSON", error);
  }
  if (!Array.isArray(set?.keys) || set.keys.length === 0) throw fail("it has no keys");
  // A shared secret in the set would let whoever can read it make tokens.
  if (set.keys.some((key) => key?.kty === "oct"))
    throw fail("it has a secret (oct) key; only public keys are taken");
  // Private parts are of no use here, and jose would take such a key for one to sign with.
  const keys = set.keys.map((key) => {
    if (key?.kty === undefined) throw fail("one of its keys has no kty");
    const { d, p, q, dp, dq, qi, ...rest } = key;
    return rest as JWK;
  });
  try {
    return createLocalJWKSet({ keys });
  } catch (error) {
    throw fail(messageOf(error), error);
  }
}
