/** Compares what a stack generates with what it generated before. */
import { createTwoFilesPatch, OMIT_HEADERS } from "diff";
import type { FileChange, FileGroup } from "./record.ts";

/** Path to content, as `npm run render` writes them. */
export type Files = ReadonlyMap<string, string>;

export interface Comparison {
  readonly groups: readonly FileGroup[];
  readonly unchanged: number;
}

/**
 * @param projects paths of the stack's target projects, then and now: which of a path's parts are the project's name,
 *   the path itself does not tell.
 * @example
 * const { groups } = compare(before, after, ["acme/shop"]);
 * groups[0]; // { kind: "project", name: "acme/shop", files: [{ path: ".gitlab-ci.yml", change: "changed", … }] }
 */
export function compare(before: Files, after: Files, projects: readonly string[]): Comparison {
  const groups = new Map<string, { group: Omit<FileGroup, "files">; files: FileChange[] }>();
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = paths.filter((path) => before.get(path) !== after.get(path));
  for (const path of changed) {
    const { rest, ...group } = placeOf(path, projects);
    const key = `${ORDER.indexOf(group.kind)} ${group.name}`;
    const entry = groups.get(key) ?? { group, files: [] };
    entry.files.push(changeOf(rest, before.get(path), after.get(path)));
    groups.set(key, entry);
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    groups: sorted.map(([, { group, files }]) => ({ ...group, files })),
    unchanged: paths.length - changed.length,
  };
}

const ORDER: readonly FileGroup["kind"][] = ["project", "host", "fleet", "runners"];

/** Whose file it is, and its name there. */
function placeOf(path: string, projects: readonly string[]): Omit<FileGroup, "files"> & { rest: string } {
  const [top = "", ...below] = path.split("/");
  const inside = below.join("/");
  if (top === "projects") {
    const named = projects
      .filter((project) => inside.startsWith(`${project}/`))
      .reduce((longest, project) => (project.length > longest.length ? project : longest), "");
    const name = named === "" ? below.slice(0, 2).join("/") : named;
    return { kind: "project", name, rest: inside.slice(name.length + 1) };
  }
  if (top === "hosts") return { kind: "host", name: below[0] ?? "", rest: `/${below.slice(1).join("/")}` };
  if (top === "resources")
    return { kind: "fleet", name: (below[0] ?? "").replace(/\.(md|yaml)$/, ""), rest: inside };
  return { kind: "runners", name: "", rest: path };
}

function changeOf(path: string, before: string | undefined, after: string | undefined): FileChange {
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  const patch = createTwoFilesPatch("before", "after", before ?? "", after ?? "", undefined, undefined, {
    context: 3,
    headerOptions: OMIT_HEADERS,
  });
  const lines = patch.split("\n");
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { path, change, diff: patch.replace(/\n$/, ""), added: count("+"), removed: count("-") };
}

/** All differences as one patch. */
export const patchOf = (groups: readonly FileGroup[]): string =>
  groups.flatMap((group) => group.files.map((file) => `${headOf(group, file)}\n${file.diff}\n`)).join("");

function headOf({ kind, name }: FileGroup, { path, change }: FileChange): string {
  const place = [kind, name, path.replace(/^\//, "")].filter((part) => part !== "").join("/");
  const [before, after] = [change === "added" ? "/dev/null" : `a/${place}`, `b/${place}`];
  return `--- ${before}\n+++ ${change === "removed" ? "/dev/null" : after}`;
}
