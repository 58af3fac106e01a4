import { type ParsedFlags, usage } from "./flags.ts";

const defaultJobs = 4;
const mostJobs = 64;

/** `--jobs N` of commands that read many files side by side. @throws KasaneError `usage` */
export function jobsOf(flags: ParsedFlags, command: string): number {
  const jobs = flags.number("jobs") ?? defaultJobs;
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= mostJobs) return jobs;
  throw usage(`--jobs is 1 to ${mostJobs}`, command);
}
