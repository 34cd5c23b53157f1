/** Who sees what in a project: the rules that several endpoints share. */
import { forbidden, notFound } from "../errors.ts";
import type { Call } from "../router.ts";
import { accessLevels, type Project } from "../state.ts";

type Feature = "builds" | "issues" | "merge_requests";

/** @throws ApiError 403 for a feature that is off, or for members where the user is none. */
export function requireFeature({ project, level }: Call, feature: Feature): void {
  const visibility = project.settings[`${feature}_access_level`];
  const hidden = visibility === "disabled" || (visibility === "private" && level < accessLevels.guest);
  if (hidden) throw forbidden();
}

/** Code, and what belongs to it, is for Reporters and above. @see https://docs.gitlab.com/user/permissions/ */
export function mayReadCode({ level }: Call): boolean {
  return level >= accessLevels.reporter;
}

/** Pipelines and jobs: for Guests as well, where the project lets them. @throws ApiError 403 */
export function requireBuilds(call: Call): void {
  requireFeature(call, "builds");
  if (!call.project.settings.public_jobs && call.level < accessLevels.reporter) throw forbidden();
}

/** What the path's `:name` numbers within its project. @throws ApiError 404 */
export function numbered<T extends { readonly iid: number }>(
  call: Call,
  list: readonly T[],
  name: string,
): T {
  const found = list.find(({ iid }) => String(iid) === call.path[name]);
  if (found === undefined) throw notFound();
  return found;
}

/** `acme/shop!3`, and its kin for other kinds of records. */
export function references(project: Project, sign: "!" | "#", iid: number): Record<string, string> {
  const short = `${sign}${iid}`;
  return { short, relative: short, full: `${project.path}${short}` };
}
