import { createHash, type Hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  archiveSignature,
  assetSignature,
  isObject,
  mapMembers,
  signatureKey,
  type Wire,
  type WireObject,
} from "./wire.ts";

/**
 * Gives every asset and archive the hash of its content, which is what tells a changed file from the same one. The
 * SDK leaves that to the engine; a real one's hashes of directories differ from these.
 */
export function withHashes(value: Wire): Wire {
  if (isObject(value)) {
    const signature = value[signatureKey];
    if (signature === assetSignature || signature === archiveSignature) {
      return { ...value, hash: hashOf(value) };
    }
  }
  return mapMembers(value, withHashes);
}

export function objectWithHashes(value: WireObject): WireObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withHashes(member)]));
}

function hashOf(asset: WireObject): string {
  const hash = createHash("sha256");
  if (typeof asset.text === "string") {
    return hash.update(asset.text).digest("hex");
  }
  if (typeof asset.path !== "string") {
    throw new Error("the in-process engine takes assets of a text or a path, and archives of a path");
  }
  if (!existsSync(asset.path)) {
    throw new Error(`${asset.path}: there is no such file to make an asset of`);
  }
  addPath(hash, asset.path, "");
  return hash.digest("hex");
}

function addPath(hash: Hash, path: string, name: string): void {
  if (!statSync(path).isDirectory()) {
    const content = readFileSync(path);
    hash.update(`${name}\0${content.length}\0`).update(content);
    return;
  }
  for (const entry of readdirSync(path).sort()) {
    addPath(hash, join(path, entry), join(name, entry));
  }
}
