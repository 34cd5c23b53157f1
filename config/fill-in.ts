/** Places of a stack file that a person still has to fill in: `npm run stack:new` leaves them in a new one. */
import { keyOf } from "./explain.ts";

const MARKER = /^<fill in: (.*)>$/s;

/**
 * What stands in the place of a value that no other stack can have.
 *
 * @param what belongs there: part of a sentence.
 * @example
 * fillIn("the host's name or IP address"); // "<fill in: the host's name or IP address>"
 */
export const fillIn = (what: string): string => `<fill in: ${what}>`;

const asked = (value: unknown): string | undefined =>
  typeof value === "string" ? MARKER.exec(value)?.[1] : undefined;

function places(value: unknown, path: readonly PropertyKey[]): { path: PropertyKey[]; what: string }[] {
  const what = asked(value);
  if (what !== undefined) return [{ path: [...path], what }];
  if (Array.isArray(value)) return value.flatMap((item, index) => places(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]));
}

/** Of values by full key, `gcp:project`: a sentence for each place that is still to be filled in. */
export const openProviderKeys = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => {
    const what = asked(value);
    return what === undefined ? [] : [sentence(key, what)];
  });

/** Of our own values, keys without their namespace: a sentence for each place that is still to be filled in. */
export const openPlaces = (values: unknown): string[] =>
  places(values, []).map(({ path, what }) => sentence(keyOf(path), what));

/** Whether a person still has to fill this in; such a value gets no other error. */
export const isOpen = (value: unknown): boolean => asked(value) !== undefined;

const sentence = (key: string, what: string): string => `${key} is not filled in: set it to ${what}`;
