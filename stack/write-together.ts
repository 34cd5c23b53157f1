/** Several files that belong together: all of them are written, or none is. */
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

export interface FileToWrite {
  readonly path: string;
  readonly content: string;
  /** The file must not exist yet. */
  readonly isNew?: boolean;
}

/** Puts one file in its place, and returns a function that undoes it. */
function place({ path, isNew = false }: FileToWrite): () => void {
  const temporary = temporaryOf(path);
  if (isNew) {
    // Unlike a rename, this fails if the file was created in the meantime.
    linkSync(temporary, path);
    rmSync(temporary);
    return () => rmSync(path, { force: true });
  }
  const before = existsSync(path) ? readFileSync(path) : undefined;
  renameSync(temporary, path);
  return () => (before === undefined ? rmSync(path, { force: true }) : writeFileSync(path, before));
}

const temporaryOf = (path: string): string => `${path}.new`;

/**
 * @throws the operating system's error, with every file as it was before.
 */
export function writeTogether(files: readonly FileToWrite[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, content } of files) writeFileSync(temporaryOf(path), content);
    for (const file of files) undo.push(place(file));
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  } finally {
    for (const { path } of files) rmSync(temporaryOf(path), { force: true });
  }
}
