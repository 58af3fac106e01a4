import { X509Certificate } from "node:crypto";
import { KasaneError } from "../lib/mod.ts";

const limitChain = 8;
const limitRoots = 256;

/** The certificates of a PEM file. @throws KasaneError `usage` */
export function parseCertificates(pem: string, path: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > limitRoots) {
    const count = blocks.length === 0 ? "no" : `more than ${limitRoots}`;
    throw new KasaneError("usage", `cannot use ${path}: ${count} PEM certificates are in it`);
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new KasaneError("usage", `cannot use ${path}: certificate ${index + 1} cannot be read`, {
        cause: error,
      });
    }
  });
}

/**
 * The first certificate of a token's `x5c` (RFC 7515, 4.1.6: base64 DER, each signed by the next), if the chain ends in one of `roots`
 * and all of it is valid now. A root may itself be the signer. Constraints on path length and names are not looked at.
 */
export function verifyChain(
  x5c: unknown,
  { roots, nowMs }: { roots: readonly X509Certificate[]; nowMs: number },
): X509Certificate | undefined {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > limitChain) return undefined;
  const chain = x5c.map(readDer);
  for (const [index, certificate] of chain.entries()) {
    if (certificate === undefined || !isValidAt(certificate, nowMs)) return undefined;
    const root = roots.find((one) => isRootOf(certificate, one));
    if (root !== undefined) return isValidAt(root, nowMs) ? chain[0] : undefined;
    const issuer = chain[index + 1];
    if (issuer === undefined || !isIssuedBy(certificate, issuer)) return undefined;
  }
  return undefined;
}

function readDer(text: unknown): X509Certificate | undefined {
  if (typeof text !== "string" || text.length > 16 * 1024) return undefined;
  try {
    return new X509Certificate(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

function isRootOf(certificate: X509Certificate, root: X509Certificate): boolean {
  return certificate.raw.equals(root.raw) || isIssuedBy(certificate, root);
}

/** Only what may sign certificates counts: else whoever has any certificate of the root could make more. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt({ validFrom, validTo }: X509Certificate, nowMs: number): boolean {
  return Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo);
}
