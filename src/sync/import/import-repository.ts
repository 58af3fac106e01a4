import { errnoOf, isKasaneError, mapConcurrent, messageOf } from "../../lib/mod.ts";
import type { ManifestRecord } from "../../meta/mod.ts";
import { type Digest, isDigest, layerType } from "../../oci/mod.ts";
import { importBlob } from "./import-blob.ts";
import type { ImportContext } from "./import-registry.ts";
import { addProblem, count } from "./import-report.ts";
import { readManifest } from "./read-manifest.ts";
import type { RepositoryContents, SourceManifest, SourceRepository } from "./source-store.ts";

const defaultJobs = 4;

/** Blobs first, then manifests, then tags: whoever finds a tag here finds everything behind it. */
export async function importRepository(context: ImportContext, repository: SourceRepository): Promise<void> {
  const { report, options } = context;
  const { name } = repository;
  const jobs = options.jobs ?? defaultJobs;
  const before = figures(context);
  const problem = (what: string, reason: string) => {
    const found = { repository: name, what, reason };
    addProblem(report, found);
    options.onProblem?.(found);
  };
  const contents = await repository.contents(problem);
  const isHere = async (digest: Digest) =>
    (await context.meta.repositories.getManifest(name, { digest })) !== undefined;
  const survey = await surveyManifests(repository, contents, { jobs, problem, isHere });
  await mapConcurrent([...survey.blobs], jobs, async ([digest, isNeeded]) => {
    options.signal?.throwIfAborted();
    await importBlob(context, repository, { digest, isNeeded, problem });
  });
  await mapConcurrent(survey.manifests, jobs, async (manifest) => {
    options.signal?.throwIfAborted();
    await importManifest(context, repository, manifest, survey.subjects);
  });
  const arrived = new Set(survey.manifests.map((manifest) => manifest.digest));
  for (const [tag, digest] of contents.tags) {
    if (arrived.has(digest)) await importTag(context, name, tag, digest);
    else problem(`tag ${tag}`, `its manifest ${digest} could not be imported`);
  }
  report.repositories++;
  options.onRepository?.(name, difference(before, figures(context)));
}

interface Survey {
  /** Those that can be read and have the right digest. */
  readonly manifests: SourceManifest[];
  /** True for those whose absence is a loss: a manifest names them, and does not say that they lie elsewhere. */
  readonly blobs: Map<Digest, boolean>;
  readonly subjects: ReadonlyMap<Digest, Digest>;
}

async function surveyManifests(
  repository: SourceRepository,
  contents: RepositoryContents,
  options: {
    jobs: number;
    problem: (what: string, reason: string) => void;
    isHere: (digest: Digest) => Promise<boolean>;
  },
): Promise<Survey> {
  const { jobs, problem, isHere } = options;
  const blobs = new Map<Digest, boolean>(contents.links.map((digest) => [digest, false]));
  const subjects = new Map(contents.subjects);
  const fallbacks = new Map([...contents.tags].map(([tag, digest]) => [digest, fallbackSubject(tag)]));
  const readable = await mapConcurrent(contents.manifests, jobs, async (manifest) => {
    let record: ManifestRecord;
    try {
      record = await readManifest(repository.path(manifest.digest), manifest);
    } catch (error) {
      // It came before it was damaged, or by a push.
      if (await isHere(manifest.digest)) return [manifest];
      problem(
        manifest.digest,
        errnoOf(error) === "ENOENT" ? "a manifest whose bytes are missing" : messageOf(error),
      );
      return [];
    }
    for (const { digest, mediaType } of [record.config ?? [], record.layers].flat()) {
      blobs.set(digest, blobs.get(digest) === true || layerType(mediaType)?.foreign !== true);
    }
    const subject = fallbacks.get(manifest.digest);
    if (subject !== undefined) for (const { digest } of record.children) subjects.set(digest, subject);
    return [manifest];
  });
  return { manifests: readable.flat(), blobs, subjects };
}

/**
 * The digest that a fallback tag is about (distribution-spec, "Referrers Tag Schema"). Of sha512 the tag has only a part, and then the
 * manifests themselves must say their subject.
 */
function fallbackSubject(tag: string): Digest | undefined {
  const digest = tag.replace("-", ":");
  return isDigest(digest) ? digest : undefined;
}

async function importManifest(
  context: ImportContext,
  repository: SourceRepository,
  manifest: SourceManifest,
  subjects: ReadonlyMap<Digest, Digest>,
): Promise<void> {
  const { meta, lease, report, options } = context;
  const { digest } = manifest;
  const isHere = (await meta.repositories.getManifest(repository.name, { digest })) !== undefined;
  count(report.manifests, !isHere);
  if (isHere || options.isDryRun) return;
  const record = await readManifest(repository.path(digest), manifest);
  const subject = record.subject ?? subjects.get(digest);
  await meta.leases.hold(lease, [digest]);
  try {
    await meta.repositories.putManifest(repository.name, subject ? { ...record, subject } : record, []);
  } finally {
    await meta.leases.drop(lease, [digest]);
  }
}

/** A tag that points elsewhere was pushed here since, or has moved at the source: only the caller can know which is meant. */
async function importTag(context: ImportContext, name: string, tag: string, digest: Digest): Promise<void> {
  const { meta, report, options } = context;
  const current = await meta.repositories.getManifest(name, { tag });
  if (current?.digest === digest) return count(report.tags, false);
  if (current !== undefined && !options.overwritesTags) {
    report.keptTags.push(`${name}:${tag}`);
    return;
  }
  count(report.tags, true);
  if (options.isDryRun) return;
  const record = await meta.repositories.getManifest(name, { digest });
  // Deleted by a client in this very moment: so is its tag.
  if (record === undefined) return;
  try {
    await meta.repositories.putManifest(name, record, [tag]);
  } catch (error) {
    if (!isKasaneError(error, "denied")) throw error;
    const problem = { repository: name, what: `tag ${tag}`, reason: messageOf(error) };
    addProblem(report, problem);
    options.onProblem?.(problem);
  }
}

function figures({ report }: ImportContext) {
  return {
    manifests: report.manifests.added,
    tags: report.tags.added,
    blobs: report.blobs.added,
    bytes: report.linkedBytes + report.copiedBytes,
  };
}

function difference(before: ReturnType<typeof figures>, after: ReturnType<typeof figures>) {
  return {
    manifests: after.manifests - before.manifests,
    tags: after.tags - before.tags,
    blobs: after.blobs - before.blobs,
    bytes: after.bytes - before.bytes,
  };
}
