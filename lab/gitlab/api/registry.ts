import { z } from "zod";
import { notFound, refused } from "../errors.ts";
import { filledText } from "../parameters.ts";
import { type Call, page, type Route, route } from "../router.ts";
import type { RegistryRule } from "../state.ts";

const path = "/projects/:id/registry/protection/tag/rules";
const role = z.enum(["maintainer", "owner", "admin"]);
const ruleLimit = 5;

/** Protection rules of the container registry's tags. */
export const registryRoutes: readonly Route[] = [
  route({
    method: "GET",
    path,
    role: "maintainer",
    handle: (call) => page(call, call.project.tagRules, (rule) => entity(call, rule)),
  }),
  route({
    method: "POST",
    path,
    role: "maintainer",
    parameters: z.looseObject({
      tag_name_pattern: filledText,
      minimum_access_level_for_push: role,
      minimum_access_level_for_delete: role,
    }),
    handle: (call, given) => {
      const rules = call.project.tagRules;
      const pattern = given.tag_name_pattern;
      if (rules.some((rule) => rule.pattern === pattern)) {
        throw refused(422, ["Tag name pattern has already been taken"]);
      }
      if (rules.length >= ruleLimit) {
        throw refused(422, "Maximum number of protection rules have been reached.");
      }
      const rule: RegistryRule = {
        id: call.state.nextId(),
        pattern,
        pushLevel: given.minimum_access_level_for_push,
        deleteLevel: given.minimum_access_level_for_delete,
      };
      rules.push(rule);
      return { status: 201, body: entity(call, rule) };
    },
  }),
  route({
    method: "DELETE",
    path: `${path}/:rule`,
    role: "maintainer",
    handle: ({ project: { tagRules }, path: { rule } }) => {
      const index = tagRules.findIndex(({ id }) => String(id) === rule);
      if (index < 0) throw notFound("Protection Rule");
      tagRules.splice(index, 1);
      return { status: 204 };
    },
  }),
];

function entity({ project }: Call, rule: RegistryRule): Record<string, unknown> {
  return {
    id: rule.id,
    project_id: project.id,
    tag_name_pattern: rule.pattern,
    minimum_access_level_for_push: rule.pushLevel,
    minimum_access_level_for_delete: rule.deleteLevel,
  };
}
