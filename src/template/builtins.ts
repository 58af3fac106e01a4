/** The functions that Go's templates have of themselves. */
import { collections } from "./collections.ts";
import { comparisons } from "./compare.ts";
import { htmlEscape, jsEscape, queryEscape } from "./escape.ts";
import { boolResult, CallError, type GoFunction, stringResult } from "./functions.ts";
import { goAny, goString, reflectValue } from "./go-type.ts";
import { type GoValue, indirect, insideInterface, isTrue, stringOf } from "./go-value.ts";
import { sprint, sprintln } from "./print.ts";
import { sprintf } from "./printf.ts";

type Maybe = GoValue | undefined;

/** `and` and `or` stop at the argument that decides, so the evaluator does their work. */
const shortCircuit: GoFunction = {
  parameters: [reflectValue],
  variadic: reflectValue,
  call: () => undefined,
};

export const builtins: Readonly<Record<string, GoFunction>> = {
  ...comparisons,
  ...collections,
  and: shortCircuit,
  or: shortCircuit,
  not: { parameters: [reflectValue], call: ([value]) => boolResult(!isTrue(value)) },
  call: { parameters: [reflectValue], variadic: reflectValue, call: ([callee]) => refuseCall(callee) },
  print: texts(sprint),
  println: texts(sprintln),
  printf: {
    parameters: [goString],
    variadic: goAny,
    call: ([format, ...rest]) => stringResult(sprintf(stringOf(format!), rest)),
  },
  html: texts((values) => htmlEscape(textOf(values))),
  js: texts((values) => jsEscape(textOf(values))),
  urlquery: texts((values) => queryEscape(textOf(values))),
};

function texts(write: (values: readonly Maybe[]) => string): GoFunction {
  return { parameters: [], variadic: goAny, call: (values) => stringResult(write(values)) };
}

/** As an action would write them. */
function textOf(values: readonly Maybe[]): string {
  return sprint(
    values.map((value) => {
      if (value === undefined) return stringResult("<no value>");
      return value.kind === "pointer" ? (indirect(value).value ?? value) : value;
    }),
  );
}

/** No data has functions, so there is nothing that could be called. */
function refuseCall(callee: Maybe): never {
  const value = insideInterface(callee);
  if (value === undefined) throw new CallError("call of nil");
  throw new CallError(`non-function of type ${value.type.name}`);
}
