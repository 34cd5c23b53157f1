/**
 * Values as the resource protocol carries them: JSON, in which an object with a signature stands for something JSON
 * cannot say (a secret, an asset), and one reserved string for a value that is not known yet.
 *
 * The constants are those of the SDK (`@pulumi/pulumi/runtime/rpc`).
 */

import { isDeepStrictEqual } from "node:util";

export type Wire = null | boolean | number | string | readonly Wire[] | WireObject;
export interface WireObject {
  readonly [key: string]: Wire;
}

export const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that only an `up` can know. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function isObject(value: Wire | undefined): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The type guard that `Array.isArray` is not for read-only arrays. */
export function isList(value: Wire | undefined): value is readonly Wire[] {
  return Array.isArray(value);
}

export function isSecret(value: Wire | undefined): value is WireObject & { readonly value: Wire } {
  return isObject(value) && value[signatureKey] === secretSignature;
}

/** Marks a value secret; one that already is stays as it is. */
export function asSecret(value: Wire): Wire {
  return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

/** Applies `change` to every member of a list or object; anything else is returned as it is. */
function mapMembers(value: Wire, change: (member: Wire) => Wire): Wire {
  if (isList(value)) {
    return value.map(change);
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
  }
  return value;
}

/** The value without its secret marks, at any depth. */
function revealed(value: Wire): Wire {
  return isSecret(value) ? revealed(value.value) : mapMembers(value, revealed);
}

export function revealedObject(value: WireObject): WireObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revealed(member)]));
}

export function containsUnknown(value: Wire): boolean {
  return some(value, (member) => member === unknownValue);
}

function some(value: Wire, test: (member: Wire) => boolean): boolean {
  if (test(value)) {
    return true;
  }
  if (isList(value)) {
    return value.some((member) => some(member, test));
  }
  return isObject(value) && Object.values(value).some((member) => some(member, test));
}

/** Equality of content: secret marks and the order of keys do not count. */
export function equal(left: Wire | undefined, right: Wire | undefined): boolean {
  const content = (value: Wire | undefined) => (value === undefined ? undefined : revealed(value));
  return isDeepStrictEqual(content(left), content(right));
}

/** Names of the properties that differ, sorted. */
export function changedProperties(before: WireObject, after: WireObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !equal(before[name], after[name])).sort();
}

/**
 * Marks secret in `value` what is secret in `model`, member by member, so that a provider that returns its inputs
 * among its outputs does not turn a secret into plain text.
 */
function withSecretsOf(value: Wire, model: Wire | undefined): Wire {
  if (model === undefined || isSecret(value)) {
    return value;
  }
  if (isSecret(model)) {
    return asSecret(value);
  }
  if (isList(value) && isList(model)) {
    return value.map((member, index) => withSecretsOf(member, model[index]));
  }
  if (isObject(value) && isObject(model)) {
    return objectWithSecretsOf(value, model);
  }
  return value;
}

export function objectWithSecretsOf(value: WireObject, model: WireObject): WireObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withSecretsOf(member, model[key])]),
  );
}

/** Of a resource's URN: the type token that it ends with. */
export const typeIn = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** Of a resource's URN: the name. */
export const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");
