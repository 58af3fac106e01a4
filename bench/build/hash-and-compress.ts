/** What COPY cannot do without, and nothing else: the file's digest, gzip on all cores, the digest of the result. */
import { createReadStream } from "node:fs";
import { compress } from "../../src/layer/mod.ts";
import { tap } from "../../src/lib/mod.ts";
import { DigestHasher } from "../../src/oci/mod.ts";

const path = process.argv[2]!;
const content = new DigestHasher();
const blob = new DigestHasher();
const source = tap(createReadStream(path, { highWaterMark: 512 * 1024 }), (chunk) => content.update(chunk));
for await (const chunk of compress(source, "gzip")) blob.update(chunk);
console.log(content.digest(), blob.digest());
