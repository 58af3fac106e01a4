/**
 * A value that is made when it is first asked for, and kept. With `require()` inside, the modules it is made of are loaded then:
 *
 *   const hasher = lazily(() => new (require("./hasher.ts") as typeof import("./hasher.ts")).Hasher());
 */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The same for every property of an object. A function of `makers` may ask for other properties. */
export function lazyProperties<T extends object>(makers: { readonly [K in keyof T]: () => T[K] }): T {
  const properties = Object.entries(makers).map(([name, make]) => [
    name,
    { enumerable: true, get: lazily(make as () => unknown) },
  ]);
  return Object.defineProperties({}, Object.fromEntries(properties)) as T;
}
