/** While it is put together: properties that may be absent are added one by one, a third of what a spread takes. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
