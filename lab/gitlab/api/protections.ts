import { z } from "zod";
import { notFound, refused } from "../errors.ts";
import { filledText, wholeNumber } from "../parameters.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type ProtectedBranch, type ProtectedTag } from "../state.ts";

const level = wholeNumber.pipe(
  z.literal([accessLevels.none, accessLevels.developer, accessLevels.maintainer, accessLevels.admin]),
);

/** Protected branches and tags. */
export const protectionRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id/protected_branches",
    role: "maintainer",
    handle: (call) => page(call, call.project.protectedBranches, branchEntity),
  }),
  route({
    method: "GET",
    path: "/projects/:id/protected_tags",
    role: "maintainer",
    handle: (call) => page(call, call.project.protectedTags, tagEntity),
  }),
  route({
    method: "GET",
    path: "/projects/:id/protected_tags/:name",
    role: "maintainer",
    handle: (call) => ({ status: 200, body: tagEntity(named(call)) }),
  }),
  route({
    method: "POST",
    path: "/projects/:id/protected_tags",
    role: "maintainer",
    parameters: z.looseObject({ name: filledText, create_access_level: level.optional() }),
    handle: ({ project, state }, given) => {
      if (project.protectedTags.some(({ name }) => name === given.name)) {
        throw refused(422, ["Name has already been taken"]);
      }
      const createLevel = given.create_access_level ?? accessLevels.maintainer;
      const rule: ProtectedTag = { id: state.nextId(), name: given.name, createLevel };
      project.protectedTags.push(rule);
      return { status: 201, body: tagEntity(rule) };
    },
  }),
  route({
    method: "DELETE",
    path: "/projects/:id/protected_tags/:name",
    role: "maintainer",
    handle: (call) => {
      const rules = call.project.protectedTags;
      rules.splice(rules.indexOf(named(call)), 1);
      return { status: 204 };
    },
  }),
];

function named({ project, path }: Call): ProtectedTag {
  const rule = project.protectedTags.find(({ name }) => name === path.name);
  if (rule === undefined) throw notFound();
  return rule;
}

const levelNames: Readonly<Record<number, string>> = {
  [accessLevels.none]: "No one",
  [accessLevels.developer]: "Developers + Maintainers",
  [accessLevels.maintainer]: "Maintainers",
  [accessLevels.admin]: "Instance admins",
};

function levels(id: number, value: number) {
  const access_level_description = levelNames[value];
  return [{ id, access_level: value, access_level_description, user_id: null, group_id: null }];
}

function branchEntity(rule: ProtectedBranch): Record<string, unknown> {
  return {
    id: rule.id,
    name: rule.name,
    allow_force_push: false,
    push_access_levels: levels(rule.id, rule.pushLevel),
    merge_access_levels: levels(rule.id, rule.mergeLevel),
    unprotect_access_levels: [],
  };
}

function tagEntity(rule: ProtectedTag): Record<string, unknown> {
  return { name: rule.name, create_access_levels: levels(rule.id, rule.createLevel) };
}
