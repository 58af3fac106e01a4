import type { GoType } from "./go-type.ts";
import { goBool, goInt, goString } from "./go-type.ts";
import { GoValue } from "./go-value.ts";

type Maybe = GoValue | undefined;

/** A function that templates may call. Arguments come in the types of the parameters; what an interface holds comes without it. */
export interface GoFunction {
  readonly parameters: readonly GoType[];
  /** Of any number of further arguments. */
  readonly variadic?: GoType;
  call(args: readonly Maybe[]): Maybe;
}

/** By name. */
export type FunctionTable = ReadonlyMap<string, GoFunction>;

/** A function refuses its arguments, in Go's words: `error calling NAME:` goes before them. */
export class CallError extends Error {}

export function stringResult(text: string): GoValue {
  return new GoValue(goString, text);
}

export function boolResult(value: boolean): GoValue {
  return new GoValue(goBool, value);
}

export function intResult(value: number): GoValue {
  return new GoValue(goInt, value);
}
