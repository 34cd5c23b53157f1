export type * as input from "./input.ts";
export type * as output from "./output.ts";
export type * as result from "./result.ts";
