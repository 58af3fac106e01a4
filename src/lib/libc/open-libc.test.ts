import { expect, test } from "bun:test";
import { errnoOf } from "../errors.ts";
import { cString, openLibc, SystemError } from "./mod.ts";

test("openLibc() calls libc and reports errno as a code", () => {
  const libc = openLibc({ getpid: { args: [], returns: "i32" }, rmdir: { args: ["ptr"], returns: "i32" } });
  expect(libc.call.getpid()).toBe(process.pid);
  const path = "/no/such/directory";
  let failure: unknown;
  try {
    libc.check(libc.call.rmdir(cString(path)), "rmdir", path);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(SystemError);
  expect(errnoOf(failure)).toBe("ENOENT");
  expect((failure as SystemError).errno).toBe(-2);
  expect((failure as SystemError).path).toBe(path);
  expect((failure as SystemError).message).toBe('ENOENT: rmdir "/no/such/directory"');
});

test("openLibc() refuses a symbol the C library does not have", () => {
  expect(() => openLibc({ no_such_function: { args: [], returns: "i32" } })).toThrow(/no_such_function/);
});
