import type { BuildCase } from "../build-case.ts";
import { addCases } from "./add.ts";
import { copyCases } from "./copy.ts";
import { copyFlagCases } from "./copy-flags.ts";
import { copyFromCases } from "./copy-from.ts";
import { ignoreFileCases } from "./ignore-file.ts";
import { languageCases } from "./language.ts";
import { runCases } from "./run.ts";
import { settingCases } from "./settings.ts";

/** Every instruction and flag of the language, and the corners in which builders have gone wrong. */
export const buildCases: readonly BuildCase[] = [
  ...copyCases,
  ...copyFlagCases,
  ...copyFromCases,
  ...addCases,
  ...runCases,
  ...settingCases,
  ...languageCases,
  ...ignoreFileCases,
];
