import { type ArgInstruction, expandWord } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { argHistory } from "./history.ts";
import { applyMetadata } from "./metadata.ts";
import type { StageBuilder } from "./stage-builder.ts";
import { atLine, type StageLine } from "./stage-line.ts";

/** Everything but RUN, COPY, ADD and WORKDIR. @throws KasaneError located in the Dockerfile */
export function applyWithoutLayer(stage: StageBuilder, line: StageLine): void {
  const { instruction } = line;
  switch (instruction.kind) {
    case "arg":
      stage.addHistory(declareArgs(stage, line, instruction));
      return;
    case "onbuild":
      stage.config = { ...stage.config, OnBuild: [...(stage.config.OnBuild ?? []), instruction.expression] };
      return;
    case "maintainer":
      stage.author = instruction.author;
      stage.addHistory(`MAINTAINER ${instruction.author}`);
      return;
    case "run":
    case "copy":
    case "add":
    case "workdir":
      throw new KasaneError("internal", `${instruction.kind} may make a layer`);
  }
  const expanded = stage.expand({ ...line, instruction });
  const { config, createdBy } = atLine(line, () =>
    applyMetadata(stage.config, expanded, { hasCommand: stage.hasCommand }),
  );
  stage.config = config;
  stage.hasCommand ||= expanded.kind === "cmd";
  if (expanded.kind === "env") {
    for (const { name, value } of expanded.pairs) stage.variables.setEnv(name, value);
  }
  stage.addHistory(createdBy);
}

/** A value given from outside wins over the default, the default over a global ARG of the same name. Returns the history entry's text. */
function declareArgs(stage: StageBuilder, line: StageLine, { definitions }: ArgInstruction): string {
  const { variables, globalArgs } = stage;
  const buildArgs = stage.session.options.buildArgs ?? {};
  const expand = (text: string): string => expandWord(text, variables.lookup, { escape: stage.escape });
  const shown = definitions.map((definition) =>
    atLine(line, () => {
      const name = expand(definition.name);
      const value =
        buildArgs[name] ?? (definition.value === undefined ? globalArgs.get(name) : expand(definition.value));
      variables.declareArg(name, value);
      return { name, value };
    }),
  );
  return argHistory(shown);
}
